import { DEFAULT_CONSENSUS } from '@ward/ledger/schema';
import { type BenchOptions, type BenchRow, plainRow } from '../bench-row.ts';
import { LoadLedger } from '../load/load-ledger.ts';
import { type GrowthPoint, modelRows } from './growth-model.ts';
import { NetworkBench, type NetworkLoad, sleep } from './network-bench.ts';
import type { NodeUsage } from './node-messages.ts';

const VALIDATORS = [4, 7, 10];
const QUICK_VALIDATORS = [4, 7];
/** The network that is asked about. */
const ASKED = { organisations: 20, cores: 4, delayMs: 50 };
/** The pause behind an idle block, as it is unless told: see `proposal-wait.ts` of the engine. */
const IDLE_BLOCK_MS = 800;
/** Behind a start, until all validators vote at one time. */
const SETTLE_SECONDS = 4;
const SIZE = { expected: 4000, window: 8192 };
const QUICK_SIZE = { expected: 1500, window: 1024 };

/** What an idle network uses, by block: all of it is put down to blocks. */
type IdleCosts = Pick<GrowthPoint, 'blockUs' | 'mainBlockUs' | 'blockMs'>;

/**
 * More validators on the same machine, each idle and then loaded, and what that says of a network
 * where each has a machine of its own. CPU is compared, not time: the cores are full already with
 * four.
 */
export async function growthRows({ full, quick }: BenchOptions): Promise<BenchRow[]> {
  const seconds = full ? 20 : quick ? 3 : 10;
  const points: GrowthPoint[] = [];
  for (const validators of quick ? QUICK_VALIDATORS : VALIDATORS) {
    const bench = await NetworkBench.start(validators);
    const idle = await idleCosts(bench, seconds * 2);
    await bench.warmUp();
    const size = quick ? QUICK_SIZE : SIZE;
    const load = await bench.load({ seconds, messages: 1, perSecond: null, ...size });
    await bench.stop();
    points.push(pointOf(validators, load, idle));
  }
  const { blockBytesMax } = DEFAULT_CONSENSUS;
  const asked = { ...ASKED, blockBytesMax, transactionBytes: await transactionBytes() };
  return [...points.flatMap(pointRows), ...modelRows(points, asked)];
}

async function idleCosts(bench: NetworkBench, seconds: number): Promise<IdleCosts> {
  await sleep(SETTLE_SECONDS);
  const before = await bench.usage();
  const begunMs = performance.now();
  await sleep(seconds);
  const after = await bench.usage();
  const spentMs = performance.now() - begunMs;
  const each = (read: (usage: NodeUsage) => number) =>
    after.reduce((sum, usage, i) => sum + read(usage) - read(before[i]!), 0) / after.length;
  const blocks = Math.max(
    1,
    each(({ height }) => height),
  );
  return {
    blockUs: each(({ totalUs, engineUs }) => totalUs + engineUs) / blocks,
    mainBlockUs: each(({ mainUs }) => mainUs) / blocks,
    blockMs: Math.max(0, spentMs / blocks - IDLE_BLOCK_MS),
  };
}

function pointOf(validators: number, load: NetworkLoad, idle: IdleCosts): GrowthPoint {
  const { perSecond, blocksPerSecond, mainUs, workersUs, engineUs } = load;
  const blocksEach = blocksPerSecond / perSecond;
  return {
    ...{ validators, perSecond, blocksPerSecond, ...idle },
    nodeUs: (mainUs + workersUs + engineUs) / validators - blocksEach * idle.blockUs,
    mainUs: mainUs / validators - blocksEach * idle.mainBlockUs,
  };
}

async function transactionBytes(): Promise<number> {
  const ledger = await LoadLedger.load({ startedMs: Date.now(), validators: 1 });
  return ledger.envelope(0, { messages: 1, slotsPerMessage: 1 }).length;
}

function pointRows(point: GrowthPoint): BenchRow[] {
  const metric = `network.growth.${point.validators}`;
  return [
    plainRow(metric, point.perSecond, 'transactions/s'),
    plainRow(`${metric}.node`, point.nodeUs, 'us each a node'),
    plainRow(`${metric}.main`, point.mainUs, 'us each in the thread that executes'),
    plainRow(`${metric}.block`, point.blockUs, 'us a block a node'),
    plainRow(`${metric}.blocks`, point.blocksPerSecond, 'a second'),
  ];
}
