import { withNodes } from '@ward/sandbox/network';
import { type BenchOptions, type BenchRow, boundedRow, plainRow } from './bench-row.ts';
import { BenchNetwork, percentile } from './stage/bench-network.ts';
import { grantCharts, listGranted, openGranted } from './stage/granted-charts.ts';
import { CallTimes } from './stage/timed-transport.ts';

const VALIDATORS = 4;
/** Organisations that keep shares of the charts; three of them must answer. */
const CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'patients-association'];
const UNITS = 4;
const WARM_UP = 2;
const TIMES = 12;
/** Of the chart's day: a vault keeps twenty notices of a custodian, then it counts. */
const P50_MS_MAX = 1000;

/** What calls of an opening are for. */
const STAGES: readonly (readonly [name: string, calls: readonly string[]])[] = [
  ['entry', ['transactions']],
  ['proofs', ['proofs', 'light-blocks']],
  ['shares', ['openings']],
  ['vault', ['charts', 'objects']],
];

/**
 * Openings of one unit where the ledger is one of four validators, each a process with its
 * CometBFT, and four organisations keep shares: header, roster and grant looked up anew, the entry
 * committed by the validators and proved, three of four custodians, the record fetched, decrypted
 * and verified.
 */
export async function run({ full, quick }: BenchOptions): Promise<BenchRow[]> {
  const calls = new CallTimes();
  const stage = await BenchNetwork.start(calls, { organisations: withNodes(VALIDATORS) });
  try {
    const count = full ? 10 : quick ? 2 : 5;
    const plan = { count, units: UNITS, days: 1, custodians: CUSTODIANS };
    const { hospital, granted } = await listGranted(stage, await grantCharts(stage, plan));
    const times: number[] = [];
    for (let i = 0; i < WARM_UP + TIMES; i++) {
      if (i === WARM_UP) calls.take();
      for (const each of granted) {
        const startMs = performance.now();
        await openGranted(stage, hospital, { granted: each, which: i });
        if (i >= WARM_UP) times.push(performance.now() - startMs);
      }
    }
    return rowsOf(times, calls);
  } finally {
    await stage.close();
  }
}

function rowsOf(times: number[], calls: CallTimes): BenchRow[] {
  times.sort((a, b) => a - b);
  const taken = calls.take();
  const stages = STAGES.map(([name, kinds]) => {
    const ms = kinds.reduce((sum, kind) => sum + (taken.get(kind)?.coveredMs ?? 0), 0);
    return plainRow(`network-open.of-it-${name}`, ms / times.length, 'ms each');
  });
  const number = [...taken.values()].reduce((sum, each) => sum + each.calls, 0);
  const p50 = { metric: 'network-open.p50', value: percentile(times, 50), unit: 'ms' };
  return [
    boundedRow(p50, { atMost: P50_MS_MAX }),
    plainRow('network-open.p95', percentile(times, 95), 'ms'),
    plainRow('network-open.slowest', times.at(-1)!, 'ms'),
    ...stages,
    plainRow('network-open.calls', number / times.length, 'calls each'),
  ];
}
