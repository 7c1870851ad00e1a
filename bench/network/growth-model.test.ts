import { describe, expect, it } from 'vitest';
import { type GrowthPoint, modelRows } from './growth-model.ts';

const NETWORK = {
  ...{ organisations: 20, cores: 4, delayMs: 50 },
  ...{ blockBytesMax: 1_000_000, transactionBytes: 250 },
};

/** A block costs 1 ms and 10 us for each pair of validators, a third of it in the main thread. */
function pointOf(validators: number, own: Partial<GrowthPoint> = {}): GrowthPoint {
  const blockUs = 1000 + 10 * validators ** 2;
  return {
    ...{ validators, blockUs, mainBlockUs: blockUs / 3, blockMs: 150 },
    ...{ perSecond: 1000, blocksPerSecond: 2, nodeUs: 150, mainUs: 40 },
    ...own,
  };
}

function model(points: readonly GrowthPoint[], network = NETWORK): Map<string, number> {
  const prefix = 'network.model';
  return new Map(
    modelRows(points, network).map(({ metric, value }) => [metric.slice(prefix.length), value]),
  );
}

describe('the model of a larger network', () => {
  const points = [4, 7, 10].map((validators) => pointOf(validators));

  it('has the least of its bounds', () => {
    const rows = model(points);
    const bounds = ['.cores', '.main-thread', '.pace', '.block-bytes'].map((one) => rows.get(one)!);
    expect(rows.get('')).toBe(Math.min(...bounds));
  });

  it('goes on from what blocks were seen to cost, by the square of the validators', () => {
    expect(model(points).get('.block')).toBeCloseTo(1000 + 10 * 400);
  });

  it('waits for three ways of a message a block, for late votes, and for its content', () => {
    // 150 ms of its own, 3 x 50 ms, 300 ms, and at most 400 ms for what is in it.
    expect(model(points).get('.interval')).toBeCloseTo(1000);
    expect(model(points, { ...NETWORK, delayMs: 0 }).get('.interval')).toBeCloseTo(850);
    expect(model(points, { ...NETWORK, delayMs: 1000 }).get('.interval')).toBeCloseTo(3850);
  });

  it('takes a transaction for as dear as the dearest that was measured', () => {
    const dear = [...points, pointOf(12, { nodeUs: 200, mainUs: 60 })];
    const blocks = 1;
    const rows = model(dear);
    expect(rows.get('.cores')).toBeCloseTo((4e6 - blocks * 5000) / 200);
    expect(rows.get('.pace')).toBeCloseTo((blocks * 400_000) / 60);
  });

  it('fills no block beyond the bytes that the genesis names', () => {
    const rows = model(points, { ...NETWORK, blockBytesMax: 100_000 });
    expect(rows.get('')).toBeCloseTo(400);
  });
});
