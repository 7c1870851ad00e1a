import { type BenchOptions, type BenchRow, boundedRow, plainRow } from '../bench-row.ts';
import { NetworkBench, sleep } from './network-bench.ts';
import type { NetworkShape, NodeUsage } from './node-messages.ts';

const DISK_MB_A_DAY_MAX = 50;
/** Of a network at its own pace: a block a second. */
const BLOCKS_A_DAY = 86_400;
const MB = 1e6;
/**
 * Blocks without a pause, pruned as soon as a ledger may: it keeps the last four minutes for the
 * sake of replays, and CometBFT what may be evidence, 20 days where nobody decided otherwise.
 */
const SHAPE: NetworkShape = {
  consensus: { evidenceBlocksMax: 50, evidenceSecondsMax: 5 },
  home: { retainedBlocks: 1000, idleBlockMs: 0 },
  isHasty: true,
};
const LOOK_SECONDS = 1;
/**
 * Databases collect what they are given and drop what is old in rounds of thousands of blocks. This
 * many see each of them more than once.
 */
const ROUND_BLOCKS = 12_000;
const QUICK_ROUND_BLOCKS = 50;

interface Round {
  /** What is kept at most, without the write-ahead log; and of how many blocks. */
  readonly bytes: number;
  readonly blocks: number;
  readonly walBytes: number;
  /** Height at its end. */
  readonly height: number;
}

/**
 * What the disk of a node grows by that has nothing to do and drops its old blocks: a day's blocks
 * in minutes. Once blocks are dropped, a round of blocks goes by, until databases do the same; what
 * is compared is the highest level of the second round with that of the third. Where fewer blocks
 * are kept in the third, it has grown by what they would take: the figure is never too small.
 *
 * @param validators With one of them blocks are made fastest; each further one adds its votes.
 */
export async function idleDiskRows(
  validators: number,
  { quick }: BenchOptions,
): Promise<BenchRow[]> {
  const bench = await NetworkBench.start(validators, SHAPE);
  while (!quick && (await look(bench)).oldest <= 1) await sleep(LOOK_SECONDS);
  const blocks = quick ? QUICK_ROUND_BLOCKS : ROUND_BLOCKS;
  const [begun, first, second] = [
    await round(bench, blocks),
    await round(bench, blocks),
    await round(bench, blocks),
  ];
  await bench.stop();
  const before = first.bytes * Math.min(1, second.blocks / first.blocks);
  const perBlock = Math.max(0, second.bytes - before) / (second.height - first.height);
  const value = (perBlock * BLOCKS_A_DAY) / MB;
  const metric = 'network.idle.disk';
  const unit = 'MB a day behind pruning';
  return [
    quick
      ? plainRow(metric, value, `${unit}, not settled`)
      : boundedRow({ metric, value, unit }, { atMost: DISK_MB_A_DAY_MAX }),
    plainRow(`${metric}.before`, first.bytes / MB, 'MB at most in the round before'),
    plainRow(`${metric}.level`, second.bytes / MB, 'MB at most in the last'),
    plainRow(
      `${metric}.window`,
      ((second.bytes / second.blocks) * BLOCKS_A_DAY) / MB,
      'MB for a day of blocks kept',
    ),
    plainRow(`${metric}.wal`, second.walBytes / MB, 'MB at most, begun anew'),
    plainRow(`${metric}.kept-before`, first.blocks, 'blocks'),
    plainRow(`${metric}.kept`, second.blocks, 'blocks'),
    plainRow(`${metric}.blocks`, second.height - begun.height, 'blocks compared'),
    plainRow(`${metric}.validators`, validators, 'validators'),
  ];
}

async function round(bench: NetworkBench, blocks: number): Promise<Round> {
  const looks = [await look(bench)];
  while (looks.at(-1)!.height - looks[0]!.height < blocks) {
    await sleep(LOOK_SECONDS);
    looks.push(await look(bench));
  }
  const highest = (read: (usage: NodeUsage) => number) => Math.max(...looks.map(read));
  const kept = ({ height, oldest }: NodeUsage) => height - oldest + 1;
  return {
    bytes: highest(keptBytes),
    blocks: looks.reduce((sum, one) => sum + kept(one), 0) / looks.length,
    walBytes: highest(({ walBytes }) => walBytes),
    height: looks.at(-1)!.height,
  };
}

/** Of the ledger's log what it keeps: the file that holds it is dropped when nothing in it is. */
function keptBytes({ diskBytes, walBytes, ledgerBytes, logBytes }: NodeUsage): number {
  return diskBytes - walBytes - ledgerBytes + logBytes;
}

/** What the first of the nodes has. */
async function look(bench: NetworkBench): Promise<NodeUsage> {
  return (await bench.usage())[0]!;
}
