import { BLOCK_PACE } from '@ward/engine';
import { type BenchRow, plainRow } from '../bench-row.ts';

/** What a network of so many validators on one machine was seen to need. */
export interface GrowthPoint {
  readonly validators: number;
  readonly perSecond: number;
  readonly blocksPerSecond: number;
  /** CPU of one node for a transaction, its part of the blocks left out, in microseconds. */
  readonly nodeUs: number;
  /** The same of the thread that executes. */
  readonly mainUs: number;
  /** CPU of one node, and of that thread, for a block of which nothing but itself is to be done. */
  readonly blockUs: number;
  readonly mainBlockUs: number;
  /** From one idle block to the next, without the pause that is made on purpose. */
  readonly blockMs: number;
}

/** The network that is asked about: each organisation has a machine of its own. */
export interface ModelNetwork {
  readonly organisations: number;
  readonly cores: number;
  /** From any of them to any other, one way. */
  readonly delayMs: number;
  /** Most that its genesis lets a block hold, and what a transaction takes of it. */
  readonly blockBytesMax: number;
  readonly transactionBytes: number;
}

const MICROS = 1e6;
const MICROS_PER_MS = 1000;
/** A proposal, the votes for it and the votes to commit it follow each other. */
const DELAYS_A_BLOCK = 3;
/** What CometBFT waits for the last votes: of many organisations one is always late or away. */
const VOTES_WAIT_MS = 300;
/**
 * What bounds a larger network, each bound by itself, and the least of them. What a transaction
 * costs a node is the dearest that was measured, for none of it depends on the others; what a block
 * costs grows with the square of the validators, each of whom tells each of every vote.
 */
export function modelRows(points: readonly GrowthPoint[], network: ModelNetwork): BenchRow[] {
  const { cores, delayMs, blockBytesMax, transactionBytes } = network;
  const worst = (read: (point: GrowthPoint) => number) => Math.max(...points.map(read));
  const nodeUs = worst((point) => point.nodeUs);
  const mainUs = worst((point) => point.mainUs);
  const at = (read: (point: GrowthPoint) => number) => squareAt(network, points, read);
  const [blockUs, mainBlockUs] = [at((one) => one.blockUs), at((one) => one.mainBlockUs)];
  const quietMs = worst((one) => one.blockMs) + DELAYS_A_BLOCK * delayMs + VOTES_WAIT_MS;
  const { takenMs, blockMs } = paced(quietMs);
  const blocks = MICROS / MICROS_PER_MS / blockMs;
  const bounds = {
    cores: (cores * MICROS - blocks * blockUs) / nodeUs,
    'main-thread': (MICROS - blocks * mainBlockUs) / mainUs,
    pace: (blocks * takenMs * MICROS_PER_MS) / mainUs,
    'block-bytes': (blocks * blockBytesMax) / transactionBytes,
  };
  const metric = 'network.model';
  return [
    plainRow(metric, Math.min(...Object.values(bounds)), 'transactions/s'),
    ...Object.entries(bounds).map(([name, value]) =>
      plainRow(`${metric}.${name}`, value, 'transactions/s at most'),
    ),
    plainRow(`${metric}.node`, nodeUs, 'us each a node'),
    plainRow(`${metric}.main`, mainUs, 'us each in the thread that executes'),
    plainRow(`${metric}.block`, blockUs, 'us a block a node'),
    plainRow(`${metric}.interval`, blockMs, 'ms between blocks'),
  ];
}

/** Time between full blocks, where it is so much between empty ones, and what they take of it. */
function paced(quietMs: number): { readonly takenMs: number; readonly blockMs: number } {
  const { intervalPart, minMs, maxMs } = BLOCK_PACE;
  const wanted = (quietMs * intervalPart) / (1 - intervalPart);
  const takenMs = Math.min(maxMs, Math.max(minMs, wanted));
  return { takenMs, blockMs: quietMs + takenMs };
}

/** The value at a number of validators on the parabola of least squares, with no linear part. */
function squareAt(
  { organisations }: ModelNetwork,
  points: readonly GrowthPoint[],
  read: (point: GrowthPoint) => number,
): number {
  const square = ({ validators }: GrowthPoint) => validators ** 2;
  const mean = (of: (point: GrowthPoint) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [middle, height] = [mean(square), mean(read)];
  const spread = mean((point) => (square(point) - middle) ** 2);
  const joint = mean((point) => (square(point) - middle) * (read(point) - height));
  const slope = spread === 0 ? 0 : Math.max(0, joint / spread);
  return height + slope * (organisations ** 2 - middle);
}
