import { mkdirSync, readdirSync } from 'node:fs';
import { type Crypto, type Height, LightBlock } from '@ward/protocol';
import { ENGINE_LIMITS } from '../limits.ts';
import { RecentByHeight } from '../queries/block-archive.ts';
import { LightBlockSegment } from './light-block-segment.ts';

/** Light blocks that lie together and are dropped together; fewer where fewer are kept. */
const SEGMENT_BLOCKS = { min: 100, max: 10_000 };
const SEGMENTS_KEPT = 4;
const SEGMENT_NAME = /^index-([1-9][0-9]{0,15})$/;

/**
 * Light blocks of every height from the first that is kept on, in segments. Nothing here is synced:
 * CometBFT has it all, and what a crash took is asked for again.
 */
export class LightBlockStore {
  readonly #folder: string;
  readonly #crypto: Crypto;
  readonly #segmentBlocks: number;
  readonly #recent = new RecentByHeight<LightBlock>(ENGINE_LIMITS.lightBlocksMax);
  /** The oldest first, without a gap; at least one. */
  #segments: LightBlockSegment[] = [];

  /**
   * @param folder Made where there is none.
   * @param segmentBlocks See {@link LightBlockStore.segmentBlocks}.
   */
  constructor(folder: string, crypto: Crypto, segmentBlocks: number = SEGMENT_BLOCKS.max) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#crypto = crypto;
    this.#segmentBlocks = segmentBlocks;
    const names = readdirSync(folder).flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? []);
    for (const first of names.map(Number).sort((a, b) => a - b)) this.#open(first);
    if (this.#segments.length === 0) this.#open(1);
  }

  /** Blocks of a segment, where so many are kept at least: what is too old then is soon dropped. */
  static segmentBlocks(keptBlocks = Number.POSITIVE_INFINITY): number {
    const { min, max } = SEGMENT_BLOCKS;
    return Math.max(min, Math.min(max, Math.floor(keptBlocks / SEGMENTS_KEPT)));
  }

  /** Opens a segment; what stands behind a gap in those before it can no longer be used. */
  #open(first: Height): void {
    const segment = new LightBlockSegment(this.#folder, first, this.#crypto);
    const isNext = this.#segments.length === 0 || first === this.height + 1;
    if (isNext) this.#segments.push(segment);
    else segment.remove();
  }

  /** Height of the newest one; the one before the first while there is none. */
  get height(): Height {
    return this.#segments.at(-1)!.height;
  }

  /** Height of the oldest one that is kept, or that will be. */
  get oldest(): Height {
    return this.#segments[0]!.first;
  }

  /** @param block Of the next height. */
  append(block: LightBlock): void {
    const { height } = block.header;
    if (height !== this.height + 1) throw new Error('a light block is left out');
    if (this.#segments.at(-1)!.count >= this.#segmentBlocks) this.#open(height);
    this.#segments.at(-1)!.append(LightBlock.encode(block));
    this.#recent.add(height, block);
  }

  /** Undefined where it is not there, or is not what was written. */
  read(height: Height): LightBlock | undefined {
    const segment = this.#segments.findLast(({ first }) => first <= height);
    if (segment === undefined || height > segment.height) return undefined;
    const known = this.#recent.get(height);
    if (known !== undefined) return known;
    const bytes = segment.read(height);
    return bytes && this.#recent.add(height, LightBlock.decode(bytes));
  }

  /** Forgets everything; the next one will be of this height. */
  beginAt(height: Height): void {
    this.#recent.clear();
    for (const segment of this.#segments.splice(0)) segment.remove();
    this.#open(height);
  }

  /** Drops the segments that hold only heights below one. */
  dropBefore(height: Height): void {
    while (this.#segments.length > 1 && this.#segments[1]!.first <= height) {
      this.#segments.shift()!.remove();
    }
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
  }
}
