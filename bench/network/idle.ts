import { type BenchOptions, type BenchRow, boundedRow, plainRow } from '../bench-row.ts';
import { type NetworkBench, sleep } from './network-bench.ts';
import type { NodeUsage } from './node-messages.ts';

const CORE_PART_MAX = 0.05;
const STALE_MS_MAX = 3000;
const DAY_SECONDS = 86_400;
const MB = 1e6;
const MICROS = 1e6;

/** What a network costs that has nothing to do: CPU of a node, and how old its time is. */
export async function idleRows(bench: NetworkBench, options: BenchOptions): Promise<BenchRow[]> {
  const { full, quick } = options;
  const seconds = full ? 60 : quick ? 5 : 20;
  await sleep(2);
  const before = await bench.usage();
  const begunMs = performance.now();
  await sleep(seconds);
  const after = await bench.usage();
  const spent = (performance.now() - begunMs) / 1000;
  const each = (read: (usage: NodeUsage) => number) =>
    after.reduce((sum, usage, i) => sum + read(usage) - read(before[i]!), 0) / after.length;
  const app = each(({ totalUs }) => totalUs) / MICROS / spent;
  const engine = each(({ engineUs }) => engineUs) / MICROS / spent;
  const blocks = each(({ height }) => height) / spent;
  const daily = (bytes: number) => ((bytes / spent) * DAY_SECONDS) / MB;
  const kept = daily(each(({ diskBytes, walBytes }) => diskBytes - walBytes));
  const staleMs = Math.max(...after.map((usage) => usage.staleMs));
  return [
    boundedRow(
      { metric: 'network.idle.cpu', value: app + engine, unit: 'of a core a node' },
      { atMost: CORE_PART_MAX },
    ),
    plainRow('network.idle.cpu-of-engine', engine, 'of a core a node'),
    boundedRow(
      { metric: 'network.idle.stale', value: staleMs, unit: 'ms' },
      { atMost: STALE_MS_MAX },
    ),
    plainRow('network.idle.blocks', blocks, 'a second'),
    plainRow('network.idle.written', kept, 'MB a day, of which databases drop what is old'),
    plainRow('network.idle.wal', daily(each(({ walBytes }) => walBytes)), 'MB a day, unpruned'),
  ];
}
