import { availableParallelism } from 'node:os';
import {
  type BenchOptions,
  type BenchRow,
  boundedRow,
  comparedRow,
  plainRow,
} from './bench-row.ts';
import { type Load, LoadBench } from './load/load-bench.ts';

const CASES = [
  { name: '100k', keys: 100_000, target: 1.05 },
  { name: '1m', keys: 1_000_000, target: 0.95 },
] as const;
const HALF_LOAD_P95_MS_MAX = 60;

/**
 * Signed transactions of one slot each, from a client process over a socket: verified, executed,
 * hashed, logged, synced, signed and answered. The baseline is how many Ed25519 signatures one core
 * verifies in the same run.
 */
export async function run({ full, quick }: BenchOptions): Promise<BenchRow[]> {
  const seconds = full ? 15 : quick ? 3 : 8;
  const rows: BenchRow[] = [];
  for (const { name, keys, target } of quick ? CASES.slice(0, 1) : CASES) {
    const bench = await LoadBench.start({ keys });
    const load = await bench.load({ seconds, messages: 1, perSecond: null });
    const half = await bench.load({ seconds, messages: 1, perSecond: load.perSecond / 2 });
    await bench.stop();
    const metric = `embedded.${name}`;
    rows.push(
      comparedRow({
        ...{ metric, target, unit: 'transactions/s' },
        ...{ value: load.perSecond, baseline: load.verifyPerSecond },
      }),
      boundedRow(
        { metric: `${metric}.half-load-p95`, value: half.p95Ms, unit: 'ms' },
        { atMost: HALF_LOAD_P95_MS_MAX },
      ),
      plainRow(`${metric}.cpu-ratio`, cpuRatio(load), 'x'),
      plainRow(`${metric}.half-load-p50`, half.p50Ms, 'ms'),
      plainRow(`${metric}.full-load-p95`, load.p95Ms, 'ms'),
      plainRow(`${metric}.main-thread`, load.mainUs, 'us each'),
      plainRow(`${metric}.workers`, load.othersUs, 'us each'),
      plainRow(`${metric}.client`, load.clientUs, 'us each'),
      plainRow(`${metric}.verify`, load.verifyUs, 'us each'),
      plainRow(`${metric}.block`, load.perBlock, 'transactions'),
      plainRow(`${metric}.log`, load.logBytesEach, 'bytes each'),
      plainRow(`${metric}.memory`, load.after.residentBytes / 2 ** 20, 'MiB'),
    );
  }
  return rows;
}

/**
 * What the ratio would be if the machine had nothing else to do: how often the CPU that a
 * transaction costs, client included, goes into the time in which a core verifies one signature.
 */
function cpuRatio({ verifyUs, mainUs, othersUs, clientUs }: Load): number {
  return (availableParallelism() * verifyUs) / (mainUs + othersUs + clientUs);
}
