import { type BenchRow, plainRow } from '../bench-row.ts';
import { NetworkBench, type NetworkLoad } from './network-bench.ts';

const MORE_VALIDATORS = [7, 10] as const;
/** The network that is asked about. */
const MODEL = { organisations: 20, cores: 4, delayMs: 50 };
/** What CometBFT waits behind each block, and messages one after the other that a block needs. */
const COMMIT_WAIT_MS = 300;
const DELAYS_A_BLOCK = 4;
const MICROS = 1e6;

interface Point {
  readonly validators: number;
  readonly perSecond: number;
  /** CPU of one node a transaction. */
  readonly nodeUs: number;
  readonly mainUs: number;
  readonly engineUs: number;
}

/**
 * More validators on the same machine, and what that says of a network where each has a machine of
 * its own: a node's CPU a transaction is a constant for verifying and executing, and a part that
 * grows with the number of those it gossips with.
 */
export async function growthRows(four: NetworkLoad, seconds: number): Promise<BenchRow[]> {
  const points = [pointOf(4, four)];
  for (const validators of MORE_VALIDATORS) {
    const bench = await NetworkBench.start(validators);
    await bench.warmUp();
    points.push(pointOf(validators, await bench.load({ seconds, messages: 1, perSecond: null })));
    await bench.stop();
  }
  return [...points.flatMap(pointRows), ...modelRows(points)];
}

function pointOf(validators: number, load: NetworkLoad): Point {
  const { perSecond, mainUs, workersUs, engineUs } = load;
  return {
    ...{ validators, perSecond },
    nodeUs: (mainUs + workersUs + engineUs) / validators,
    mainUs: mainUs / validators,
    engineUs: engineUs / validators,
  };
}

function pointRows({ validators, perSecond, nodeUs, engineUs }: Point): BenchRow[] {
  const metric = `network.growth.${validators}`;
  return [
    plainRow(metric, perSecond, 'transactions/s'),
    plainRow(`${metric}.node`, nodeUs, 'us each a node'),
    plainRow(`${metric}.engine`, engineUs, 'us each a node'),
  ];
}

function modelRows(points: readonly Point[]): BenchRow[] {
  const { organisations, cores, delayMs } = MODEL;
  const nodeUs = lineAt(organisations, points, ({ nodeUs: own }) => own);
  const mainUs = Math.max(...points.map(({ mainUs: own }) => own));
  const perSecond = Math.min((cores * MICROS) / nodeUs, MICROS / mainUs);
  const blockMs = COMMIT_WAIT_MS + DELAYS_A_BLOCK * delayMs;
  return [
    plainRow('network.model', perSecond, 'transactions/s'),
    plainRow('network.model.node', nodeUs, 'us each a node'),
    plainRow('network.model.block', blockMs, 'ms between blocks'),
  ];
}

/** The value at a number of validators on the line of least squares through what was measured. */
function lineAt(
  validators: number,
  points: readonly Point[],
  read: (point: Point) => number,
): number {
  const mean = (of: (point: Point) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [middle, height] = [mean((point) => point.validators), mean(read)];
  const spread = mean((point) => (point.validators - middle) ** 2);
  const slope = mean((point) => (point.validators - middle) * (read(point) - height)) / spread;
  return height + Math.max(0, slope) * (validators - middle);
}
