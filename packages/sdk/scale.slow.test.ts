import { Grant, grantLeaf, sourceSecret, unitAddress } from '@ward/charts';
import { LEDGER_LIMITS, WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, submit } from './connection/submit.ts';
import type { UnitSummary } from './records/unit-summary.ts';
import type { WalletChange } from './wallet/wallet-events.ts';

// How long each step takes stands beside its name when the tests run.

const crypto = await loadCrypto();
const MIB = 1024 ** 2;
const STEP_MS_MAX = 120_000;
const GRANTS = 10_000;
const UNITS = 100_000;
const REAL_UNITS = 300;

/** Lets work run while the memory of the process is looked at. */
async function peakBytes(work: () => Promise<unknown>): Promise<number> {
  const start = process.memoryUsage().rss;
  let peak = start;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, process.memoryUsage().rss) - start;
}

describe('a chart with 10,000 grants', () => {
  let stage: ChartStage;
  let chart: Uint8Array;
  let leaf: Uint8Array;

  beforeAll(async () => {
    stage = await ChartStage.start(crypto);
    chart = await stage.makeChart();
    await stage.write(chart, stage.units(2, 'visit'));
  });
  afterAll(() => stage.close());

  it('takes grants of an earlier time', async () => {
    const { patient, network } = stage;
    const now = patient.connection.now();
    const changes: WalletChange[] = [];
    for (let i = 0; i < GRANTS; i++) {
      const grant = Grant.encode({
        grantee: network.id('hospital-b'),
        ...{ purposes: ['TREAT'], actions: ['read'], units: null, conditions: [] },
        ...{ from: now, until: now + 10_000, openingsMax: 5, unitsPerOpeningMax: 5 },
        openSecret: network.random.bytes(32),
        writePart: null,
      });
      const salt = network.random.bytes(32);
      const made = grantLeaf({ salt, grant }, patient.connection.realm);
      changes.push(
        { kind: 'grantMade', chart, leaf: made, salt, grant },
        { kind: 'grantSent', chart, leaf: made },
      );
    }
    await patient.keys.record(...changes);
    expect(patient.consent.list(KIND)).toHaveLength(GRANTS);
  });

  it('takes one more, and opens by it', async () => {
    ({ leaf } = await stage.grant());
    const seen = await stage.reader.access.list(leaf);
    expect((await stage.open(leaf, seen)).units).toHaveLength(2);
  });

  it(
    'begins an epoch, whose seed is sealed to every reader, in bounded memory',
    async () => {
      const grown = await peakBytes(() => stage.patient.charts.rotate(KIND));
      expect(grown).toBeLessThan(1024 * MIB);
      await stage.write(chart, stage.units(1, 'after'));
      expect(await stage.reader.access.list(leaf)).toHaveLength(3);
    },
    STEP_MS_MAX,
  );

  it(
    'has a log that is walked to the end of every grant',
    async () => {
      const { complete, openings } = await stage.patient.access.log(KIND);
      expect(complete).toHaveLength(GRANTS + 1);
      expect(openings).toMatchObject([{ isUnexplained: false }]);
    },
    STEP_MS_MAX,
  );

  it(
    'revokes one of them',
    async () => {
      await stage.patient.consent.revoke(KIND, leaf);
      await expect(stage.reader.access.view(leaf)).rejects.toMatchObject({ code: 'GRANT_REVOKED' });
    },
    STEP_MS_MAX,
  );
});

describe('a chart with 100,000 units', () => {
  let stage: ChartStage;
  let chart: Uint8Array;
  let units: UnitSummary[];

  beforeAll(async () => {
    stage = await ChartStage.start(crypto);
    chart = await stage.makeChart();
  });
  afterAll(() => stage.close());

  it(
    'takes units that can be opened',
    async () => {
      expect(await stage.write(chart, stage.units(REAL_UNITS, 'real'))).toHaveLength(REAL_UNITS);
    },
    STEP_MS_MAX,
  );

  it(
    'takes the slots of units that no vault has',
    async () => {
      const { writer, network } = stage;
      const { writeSecret } = writer.keys.card(chart);
      const secret = sourceSecret({ writeSecret, epoch: 0 }, crypto);
      for (let n = REAL_UNITS; n < UNITS; ) {
        const count = Math.min(LEDGER_LIMITS.slotsPerMessageMax, UNITS - n);
        const slots = Array.from({ length: count }, (_, i) => ({
          address: unitAddress({ secret, n: n + i }, crypto),
          value: network.random.bytes(32),
        }));
        const { serviceSigner } = writer.keys;
        await submit(writer.connection, [message(WriteSlots, { slots })], [serviceSigner]);
        n += count;
      }
    },
    STEP_MS_MAX,
  );

  it(
    'shows every one, the withheld ones as such, in bounded memory',
    async () => {
      const grown = await peakBytes(async () => {
        units = await stage.patient.records.list(KIND);
      });
      expect(units).toHaveLength(UNITS);
      const withheld = units.filter(({ problem }) => problem === 'withheld');
      expect(withheld).toHaveLength(UNITS - REAL_UNITS);
      expect(grown).toBeLessThan(1024 * MIB);
    },
    STEP_MS_MAX,
  );

  it(
    'shows a grantee what the owner sees',
    async () => {
      const { leaf } = await stage.grant();
      const seen = await stage.reader.access.list(leaf);
      expect(seen).toHaveLength(UNITS);
      const readable = seen.filter(({ problem }) => problem === undefined);
      expect(readable).toHaveLength(REAL_UNITS);
      expect((await stage.open(leaf, [readable[7]!])).units).toHaveLength(1);
    },
    STEP_MS_MAX,
  );
});
