import { type BenchOptions, type BenchRow, boundedRow, plainRow } from '../bench-row.ts';
import { NetworkBench, sleep } from './network-bench.ts';
import type { NetworkShape } from './node-messages.ts';

const DISK_MB_A_DAY_MAX = 50;
const DAY_SECONDS = 86_400;
const MB = 1e6;
/** So little that pruning begins at once, and blocks without a pause: a day is soon over. */
const SHAPE: NetworkShape = {
  consensus: { evidenceBlocksMax: 50, evidenceSecondsMax: 5 },
  home: { retainedBlocks: 100, idleBlockMs: 0 },
  isHasty: true,
};
const LOOK_SECONDS = 1;
/** With fewer, the logs of the databases have not been rolled once. */
const SETTLED_BLOCKS = 5000;

interface Look {
  readonly height: number;
  readonly bytes: number;
}

/**
 * What the disk of a node grows by that has nothing to do and keeps only its newest blocks: from
 * the highest level of the first half of a run to that of the second, by block, for the logs of
 * databases grow and are rolled. Blocks come faster than they would; what one writes is the same.
 *
 * @param blocksPerSecond Of an idle network.
 */
export async function idleDiskRows(
  validators: number,
  blocksPerSecond: number,
  { full, quick }: BenchOptions,
): Promise<BenchRow[]> {
  const bench = await NetworkBench.start(validators, SHAPE);
  const looks: Look[] = [];
  for (let left = full ? 600 : quick ? 5 : 60; left > 0; left -= LOOK_SECONDS) {
    await sleep(LOOK_SECONDS);
    const usage = await bench.usage();
    const mean = (read: (one: (typeof usage)[number]) => number) =>
      usage.reduce((sum, one) => sum + read(one), 0) / usage.length;
    looks.push({ height: mean((one) => one.height), bytes: mean((one) => one.diskBytes) });
  }
  await bench.stop();
  const middle = Math.floor(looks.length / 2);
  const [first, second] = [highest(looks.slice(0, middle)), highest(looks.slice(middle))];
  const blocks = Math.max(1, looks.at(-1)!.height - looks[middle]!.height);
  const perBlock = Math.max(0, second - first) / blocks;
  const value = (perBlock * blocksPerSecond * DAY_SECONDS) / MB;
  const { height } = looks.at(-1)!;
  const metric = 'network.idle.disk';
  const growth =
    height < SETTLED_BLOCKS
      ? plainRow(metric, value, 'MB a day, pruned, not settled')
      : boundedRow({ metric, value, unit: 'MB a day, pruned' }, { atMost: DISK_MB_A_DAY_MAX });
  const level = plainRow(`${metric}.level`, second / MB, 'MB');
  return [growth, level, plainRow(`${metric}.blocks`, height, 'blocks')];
}

function highest(looks: readonly Look[]): number {
  return Math.max(...looks.map(({ bytes }) => bytes));
}
