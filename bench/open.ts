import type { OrganisationWard, UnitSummary } from '@ward/sdk';
import { type BenchRow, boundedRow, plainRow } from './bench-row.ts';
import { BenchNetwork, DAY_MS, percentile, sampleUnits } from './stage/bench-network.ts';
import { cpuEach, cpuUntilNow } from './stage/cpu-of-servers.ts';
import { CallTimes } from './stage/timed-transport.ts';

const CLIENTS = 16;
const UNITS = 8;
const RECORD_BYTES = 2000;
/** Of each chart; a vault keeps twenty notices of a custodian a day and chart, then it counts. */
const WARM_UP = 18;
const ALONE = 8;
const AT_ONCE = 10;
/** The day of the warm-up, and the day that is measured. */
const DAYS = 2;
const MS = 1000;

/** A chart that hospital B was granted, as it lists it. */
interface Granted {
  readonly leaf: Uint8Array;
  readonly units: readonly UnitSummary[];
}

/**
 * Openings of one unit by an organisation's client over HTTP: header, roster and grant looked up
 * anew, the entry committed and proved, three of five custodians, the record fetched, decrypted and
 * verified. Every server is a process of its own on this machine.
 */
export async function run({ full }: { readonly full: boolean }): Promise<BenchRow[]> {
  const calls = new CallTimes();
  const stage = await BenchNetwork.start(calls, DAYS);
  try {
    const charts = await grantCharts(stage, full ? 2 * CLIENTS : CLIENTS);
    const hospital = await stage.organisation('hospital-b');
    await hospital.access.collect();
    const granted: Granted[] = [];
    for (const leaf of charts) granted.push({ leaf, units: await hospital.access.list(leaf) });
    await openAtOnce(stage, hospital, { granted, times: WARM_UP });
    await stage.network.moveClock(stage.network.clockOffsetMs + DAY_MS);
    calls.take();
    return [
      ...(await alone(stage, hospital, granted)),
      ...(await atOnce(stage, hospital, granted)),
    ];
  } finally {
    await stage.close();
  }
}

/** Charts of as many persons, written by hospital A and granted to hospital B. */
async function grantCharts(stage: BenchNetwork, count: number): Promise<Uint8Array[]> {
  const writer = await stage.organisation('hospital-a');
  const leaves: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const person = await stage.person();
    await writer.access.collect();
    const { chart } = person.keys.chart('general');
    const units = sampleUnits({ count: UNITS, bytesEach: RECORD_BYTES }, stage.crypto);
    await writer.records.add({ chart, units, credential: 'Clinician (synthetic)' });
    await person.records.accept('general', stage.id('hospital-a'));
    const { leaf } = await person.consent.grant({
      chart: 'general',
      grantee: stage.id('hospital-b'),
      purposes: ['TREAT'],
      until: person.connection.now() + (2 * DAYS * DAY_MS) / MS,
    });
    leaves.push(leaf);
  }
  return leaves;
}

async function open(
  stage: BenchNetwork,
  ward: OrganisationWard,
  { leaf, units }: Granted,
  which: number,
): Promise<void> {
  const { units: opened } = await stage.open(ward, leaf, [units[which % units.length]!]);
  const [record] = opened[0]!.records;
  if (record?.bytes.length !== RECORD_BYTES) throw new Error('not the record that was written');
}

async function alone(
  stage: BenchNetwork,
  ward: OrganisationWard,
  granted: readonly Granted[],
): Promise<BenchRow[]> {
  const times: number[] = [];
  for (let i = 0; i < ALONE; i++) {
    for (const each of granted) {
      const startMs = performance.now();
      await open(stage, ward, each, i);
      times.push(performance.now() - startMs);
    }
  }
  times.sort((a, b) => a - b);
  const stages = [...stage.calls.take()].map(([name, { ms, calls }]) => [
    plainRow(`open.of-it-${name}`, ms / times.length, 'ms each'),
    plainRow(`open.of-it-${name}-calls`, calls / times.length, 'calls each'),
  ]);
  return [
    boundedRow({ metric: 'open.p50', value: percentile(times, 50), unit: 'ms' }, { atMost: 50 }),
    boundedRow({ metric: 'open.p95', value: percentile(times, 95), unit: 'ms' }, { atMost: 120 }),
    ...stages.flat(),
  ];
}

async function atOnce(
  stage: BenchNetwork,
  ward: OrganisationWard,
  granted: readonly Granted[],
): Promise<BenchRow[]> {
  const before = await cpuUntilNow(stage.network);
  const startMs = performance.now();
  const clients = granted.slice(0, CLIENTS);
  const times = await openAtOnce(stage, ward, { granted: clients, times: AT_ONCE });
  const value = times.length / ((performance.now() - startMs) / MS);
  const cpu = cpuEach(before, await cpuUntilNow(stage.network), times.length);
  times.sort((a, b) => a - b);
  return [
    boundedRow({ metric: 'open.at-once', value, unit: 'openings/s' }, { atLeast: 100 }),
    plainRow('open.at-once-p50', percentile(times, 50), 'ms'),
    plainRow('open.at-once-p95', percentile(times, 95), 'ms'),
    ...Object.entries(cpu).map(([who, ms]) => plainRow(`open.cpu-${who}`, ms, 'CPU ms each')),
  ];
}

/** One client for each chart opens so many times. @returns How long each opening took. */
async function openAtOnce(
  stage: BenchNetwork,
  ward: OrganisationWard,
  { granted, times }: { readonly granted: readonly Granted[]; readonly times: number },
): Promise<number[]> {
  const tookMs: number[] = [];
  const client = async (chart: Granted) => {
    for (let i = 0; i < times; i++) {
      const startMs = performance.now();
      await open(stage, ward, chart, i);
      tookMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(granted.map(client));
  return tookMs;
}
