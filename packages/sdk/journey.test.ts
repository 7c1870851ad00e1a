import { decodeUtf8, equalBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnitSummary } from './records/unit-summary.ts';

// One record from its writing to the end of a grant; each step goes on from the one before.

let stage: ChartStage;
let chart: Uint8Array;
let leaf: Uint8Array;
let seen: UnitSummary[];

beforeAll(async () => {
  stage = await ChartStage.start(await loadCrypto());
});
afterAll(() => stage.close());

describe('the journey of a record', () => {
  it('begins while the patient is away: a hospital writes by a card', async () => {
    const { patient, writer, network } = stage;
    chart = await patient.charts.create(stage.chartParameters);
    await patient.charts.sendCard(KIND, network.id('hospital-a'));
    expect(await writer.access.collect()).toEqual({ cards: 1, grants: 0, rejected: 0 });
    const added = await stage.write(chart, stage.units(3, 'visit'));
    expect(added.map(({ n }) => n)).toEqual([0, 1, 2]);
    expect(await stage.write(chart, stage.units(3, 'visit'))).toEqual([]);
  });

  it('is found and opened by its patient', async () => {
    const timeline = await stage.patient.records.list(KIND);
    expect(timeline.map(({ problem, recordCount }) => [problem, recordCount])).toEqual(
      Array(3).fill([undefined, 2]),
    );
    const own = await stage.patient.records.open(KIND, timeline[0]!);
    expect(own.map(({ bytes }) => decodeUtf8(bytes))).toEqual(['visit 0 a', 'visit 0 b']);
  });

  it('is granted to another hospital, and opened there by a clinician', async () => {
    ({ leaf } = await stage.grant({ openingsMax: 20 }));
    seen = await stage.reader.access.list(leaf);
    expect(seen.map(({ caption }) => caption?.kind)).toEqual(Array(3).fill('encounter'));
    const opening = await stage.open(leaf, [seen[1]!]);
    expect(opening.receipts).toHaveLength(3);
    const [opened] = opening.units;
    expect(opened!.records.map(({ bytes }) => decodeUtf8(bytes))).toEqual([
      'visit 1 a',
      'visit 1 b',
    ]);
  });

  it('is in the patient’s log: who looked, told by three, and nobody else', async () => {
    const log = await stage.patient.access.log(KIND);
    expect(log.openings).toHaveLength(1);
    expect(log.openings[0]).toMatchObject({
      n: 0,
      isUnexplained: false,
      actor: { name: 'Clinician 2 (synthetic)' },
    });
    expect(log.openings[0]!.verdicts).toHaveLength(3);
    expect(log.complete).toMatchObject([{ firstAbsent: 1 }]);
  });

  it('ends for that hospital when the patient says so, and goes on for the first', async () => {
    const { patient } = stage;
    await patient.consent.revoke(KIND, leaf);
    expect(await codeOfAsync(() => stage.open(leaf, [seen[2]!]))).toBe('GRANT_REVOKED');
    const [late] = await stage.write(chart, stage.units(1, 'after'));
    expect(late).toMatchObject({ epoch: 1, n: 0 });
    const after = await patient.records.list(KIND);
    expect(after.map(({ problem }) => problem)).toEqual(Array(4).fill(undefined));
    expect(equalBytes(after[3]!.label!, late!.label)).toBe(true);
  });
});
