import { getLightBlock } from '@ward/ledger/schema';
import { callEndpoint } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { killAtRandom, setClock } from '@ward/testkit/network-faults';
import { NetworkStage, transportTo } from '@ward/testkit/network-stage';
import { buildSkewedEngine, isWithoutGo } from '@ward/testkit/skewed-engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const OFF_MS = 5000;
/** What the machine's own clock and the age of a block may add. */
const SLACK_MS = 4000;

describe.skipIf(isWithoutCometbft || isWithoutGo())('four validators whose clocks disagree', () => {
  // Two ahead, one behind: the median that blocks are stamped with is one of theirs.
  const clockOffsetsMs = { 0: OFF_MS, 1: -OFF_MS, 2: 0, 3: OFF_MS };
  const binary = buildSkewedEngine;
  const stage = new NetworkStage({ seed: 4006, crypto, clockOffsetsMs, binary });
  beforeAll(() => stage.open());
  afterAll(() => stage.close());

  it('go on as one ledger while clocks are 5 s ahead and behind and nodes are killed', async () => {
    stage.report('clocks ±5 s', await stage.script.run(() => killAtRandom(stage, 6)));
  });

  it('stamp each block later than the one before, near the true time', async () => {
    const node = transportTo(stage.nodes[2]!);
    let before = 0;
    for (let i = 0; i < 10; i++) {
      const params = { height: 0 };
      const block = await callEndpoint(getLightBlock, { params, query: {}, body: null }, node);
      const { seconds, nanos } = block.header.time;
      const stampedMs = seconds * 1000 + nanos / 1e6;
      expect(Math.abs(stampedMs - Date.now())).toBeLessThan(OFF_MS + SLACK_MS);
      expect(stampedMs).toBeGreaterThanOrEqual(before);
      before = stampedMs;
      await stage.untilAdvancing();
    }
  });

  it.each([
    ['5 s behind the others', -OFF_MS],
    ['5 s ahead of them', OFF_MS],
    ['right again', 0],
  ])('go on when the clock of one is %s from one moment to the next', async (_, offsetMs) => {
    stage.report('clock', await stage.script.run(() => setClock(stage, stage.nodes[0]!, offsetMs)));
  });

  it('have kept all that was told, once', async () => {
    const { acknowledged, reads } = await stage.script.run(() => stage.settle());
    expect(acknowledged).toBeGreaterThan(100);
    expect(reads).toBeGreaterThan(20);
  });
});
