import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnitSummary } from '../records/unit-summary.ts';

const crypto = await loadCrypto();
let stage: ChartStage;
let chart: Uint8Array;
let leaf: Uint8Array;
let seen: UnitSummary[];

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  chart = await stage.makeChart();
  await stage.write(chart, stage.units(2, 'erased'));
  ({ leaf } = await stage.grant());
  seen = await stage.reader.access.list(leaf);
});
afterEach(() => stage.close());

const units = () => stage.patient.records.list(KIND);

describe('a record that is erased', () => {
  it('is gone, with the vault’s word for it; the rest of its unit opens and verifies', async () => {
    const [unit] = await units();
    const erasure = await stage.patient.records.eraseRecord(KIND, unit!, 1);
    expect(erasure.missing).toBe(0);
    expect(erasure.receipts).toMatchObject([{ what: 'body' }]);
    const records = await stage.patient.records.open(KIND, unit!);
    expect(records.map(({ index }) => index)).toEqual([0]);
    expect(await stage.patient.records.verify(KIND)).toMatchObject({ records: 3, broken: [] });
    expect(await stage.patient.records.eraseRecord(KIND, unit!, 1)).toMatchObject({ missing: 0 });
    const none = () => stage.patient.records.eraseRecord(KIND, unit!, 9);
    expect(await codeOfAsync(none)).toBe('RECORD_NOT_FOUND');
  });

  it('has no receipt of a vault that does not answer, or signs for something else', async () => {
    const [unit, other] = await units();
    const vault = stage.network.server('memory://vault');
    const foreign = await stage.patient.records.eraseRecord(KIND, other!, 0);
    expect(foreign.receipts).toHaveLength(1);
    let kept: Awaited<ReturnType<typeof vault.send>> | undefined;
    stage.network.overrides.set('memory://vault', {
      name: 'vault',
      send: async (request) => {
        if (request.method !== 'DELETE') return vault.send(request);
        // The answer to another order, for which the signature is good.
        const { DeletionReceipt } = await import('@ward/charts');
        const body = (async function* () {
          yield DeletionReceipt.encode(foreign.receipts[0]!);
        })();
        kept = { status: 200, headers: { 'content-type': 'application/cbor' }, body };
        return kept;
      },
    });
    const erase = () => stage.patient.records.eraseRecord(KIND, unit!, 0);
    expect(await erase()).toMatchObject({ receipts: [], missing: 1 });
    expect(kept).toBeDefined();
    stage.network.overrides.clear();
    expect(await erase()).toMatchObject({ missing: 0 });
  });
});

describe('a unit that is erased', () => {
  it('is opened by nobody, and is shown to its owner as erased', async () => {
    const [unit] = await units();
    const { missing } = await stage.patient.records.eraseUnit(KIND, unit!);
    expect(missing).toBe(0);
    const after = await units();
    expect(after.map(({ isErased, problem }) => [isErased, problem])).toEqual([
      [true, undefined],
      [false, undefined],
    ]);
    expect(await stage.patient.records.verify(KIND)).toMatchObject({ erased: 1, broken: [] });
    expect(await codeOfAsync(() => stage.open(leaf, [seen[0]!]))).toBe('UNIT_ERASED');
    expect((await stage.open(leaf, [seen[1]!])).units).toHaveLength(1);
  });

  it('is refused by custodians also where a vault kept everything', async () => {
    const [unit] = await units();
    const vault = stage.network.server('memory://vault');
    stage.network.overrides.set('memory://vault', {
      name: 'vault',
      send: (request) =>
        request.method === 'DELETE' ? Promise.reject(new Error('kept')) : vault.send(request),
    });
    const erasure = await stage.patient.records.eraseUnit(KIND, unit!);
    expect(erasure.missing).toBeGreaterThan(0);
    expect(await codeOfAsync(() => stage.open(leaf, [seen[0]!]))).toBe('UNIT_ERASED');
    const again = await stage.reader.access.list(leaf);
    expect(again.map(({ isErased }) => isErased)).toEqual([true, false]);
    stage.network.overrides.clear();
    expect(await stage.patient.records.eraseUnit(KIND, unit!)).toMatchObject({ missing: 0 });
  });

  it('is one of more than 256: others open by the proof that they are not among them', async () => {
    const { patient, network } = stage;
    const others = Array.from({ length: 256 }, () => ({
      kind: 'unitErased' as const,
      chart,
      label: network.random.bytes(32),
      commitment: network.random.bytes(32),
    }));
    await patient.keys.record(...others);
    const [unit] = await units();
    await patient.records.eraseUnit(KIND, unit!);
    const { erased } = (await patient.charts.view(KIND)).current.header;
    expect(erased).toMatchObject({ kind: 'set', count: 257 });
    expect(await codeOfAsync(() => stage.open(leaf, [seen[0]!]))).toBe('UNIT_ERASED');
    expect((await stage.open(leaf, [seen[1]!])).units[0]!.records).toHaveLength(2);
    const again = await stage.reader.access.list(leaf);
    expect(again.at(-1)).toMatchObject({ isErased: false, problem: undefined });
  });
});

describe('a chart that is erased', () => {
  it('is opened by nobody; custodians and vault signed, the wallet forgot its keys', async () => {
    const { patient } = stage;
    const erasure = await patient.charts.erase(KIND);
    expect(erasure.missing).toBe(0);
    const words = erasure.receipts.map(({ what }) => what);
    expect(words.filter((what) => what === 'shares')).toHaveLength(5);
    expect(words.filter((what) => what === 'object').length).toBeGreaterThanOrEqual(4);
    expect(await codeOfAsync(() => stage.open(leaf, [seen[0]!]))).toMatch(/CHART/);
    const kept = patient.keys.chart(chart);
    expect([kept.epochs.size, kept.releases.length, kept.coldSeeds.size]).toEqual([0, 0, 0]);
    expect(await codeOfAsync(async () => patient.charts.view(KIND))).toBe('CHART_UNKNOWN');
    expect((await patient.charts.view(chart)).current.header.state).toBe('erased');
  });

  it('makes room for another of its kind, and keeps its log', async () => {
    const { patient } = stage;
    await stage.open(leaf, [seen[0]!]);
    await patient.charts.erase(KIND);
    const log = await patient.access.log(chart);
    expect(log.openings).toMatchObject([{ n: 0, isUnexplained: false }]);
    const next = await stage.makeChart();
    expect(patient.keys.chart(KIND).chart).toEqual(next);
    await stage.write(next, stage.units(1, 'anew'));
    expect(await units()).toHaveLength(1);
  });

  it('is gone on with where a custodian or the vault did not answer', async () => {
    const { patient, network } = stage;
    for (const origin of ['memory://payer', 'memory://registrar']) network.silence(origin);
    const first = await patient.charts.erase(KIND);
    expect(first.missing).toBe(2);
    const kept = patient.keys.chart(chart);
    expect(kept.isErased).toBe(true);
    expect(kept.epochs.size).toBe(1);
    network.overrides.clear();
    const second = await patient.charts.erase(chart);
    expect(second.missing).toBe(0);
    expect(second.receipts.filter(({ what }) => what === 'shares')).toHaveLength(5);
    expect(patient.keys.chart(chart).epochs.size).toBe(0);
    await network.pass(1);
  });
});
