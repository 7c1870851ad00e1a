import type { OrganisationWard } from '@ward/sdk';
import { type BenchRow, boundedRow, plainRow } from './bench-row.ts';
import { BenchNetwork, DAY_MS, percentile } from './stage/bench-network.ts';
import { cpuEach, cpuUntilNow } from './stage/cpu-of-servers.ts';
import { type Granted, grantCharts, listGranted, openGranted } from './stage/granted-charts.ts';
import { CallTimes } from './stage/timed-transport.ts';

const CLIENTS = 16;
const UNITS = 8;
/** Of each chart; a vault keeps twenty notices of a custodian a day and chart, then it counts. */
const WARM_UP = 18;
const ALONE = 8;
const AT_ONCE = 10;
/** The day of the warm-up, and the day that is measured. */
const DAYS = 2;
const MS = 1000;

/**
 * Openings of one unit by an organisation's client over HTTP: header, roster and grant looked up
 * anew, the entry committed and proved, three of five custodians, the record fetched, decrypted and
 * verified. Every server is a process of its own on this machine.
 */
export async function run({ full }: { readonly full: boolean }): Promise<BenchRow[]> {
  const calls = new CallTimes();
  const stage = await BenchNetwork.start(calls, { pastDays: DAYS });
  try {
    const count = full ? 2 * CLIENTS : CLIENTS;
    const leaves = await grantCharts(stage, { count, units: UNITS, days: 2 * DAYS });
    const { hospital, granted } = await listGranted(stage, leaves);
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

async function alone(
  stage: BenchNetwork,
  ward: OrganisationWard,
  granted: readonly Granted[],
): Promise<BenchRow[]> {
  const times: number[] = [];
  for (let i = 0; i < ALONE; i++) {
    for (const each of granted) {
      const startMs = performance.now();
      await openGranted(stage, ward, { granted: each, which: i });
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
      await openGranted(stage, ward, { granted: chart, which: i });
      tookMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(granted.map(client));
  return tookMs;
}
