import type { Height } from '@ward/protocol';

/** One position is kept for so many heights; the way from there is hopped. */
const STRIDE = 16;

/** Where blocks stand in the log: half a byte of memory a block. */
export class HeightIndex {
  #oldest: Height | undefined;
  #newest: Height = -1;
  /** Position of the oldest block, then of each height that is a multiple of the stride. */
  #positions: number[] = [];

  /** Height of the first block that is kept; undefined while there is none. */
  get oldest(): Height | undefined {
    return this.#oldest;
  }

  /** Height of the last block; -1 while there is none. */
  get newest(): Height {
    return this.#newest;
  }

  /** Takes in the next block; heights come without a gap. */
  add(height: Height, position: number): void {
    if (this.#oldest === undefined) {
      this.#oldest = height;
      this.#positions = [position];
    } else {
      if (height !== this.#newest + 1) throw new Error('a height of the log is missing');
      if (height % STRIDE === 0) this.#positions.push(position);
    }
    this.#newest = height;
  }

  /** Position of a block at or shortly before a height that is kept. */
  near(height: Height): number | undefined {
    const oldest = this.#oldest;
    if (oldest === undefined || height < oldest || height > this.#newest) return undefined;
    const first = Math.floor(oldest / STRIDE);
    return this.#positions[Math.floor(height / STRIDE) - first];
  }

  /** Forgets the blocks before a height, whose own position is given. */
  dropBefore(height: Height, position: number): void {
    const oldest = this.#oldest;
    if (oldest === undefined || height <= oldest) return;
    const dropped = Math.floor(height / STRIDE) - Math.floor(oldest / STRIDE);
    this.#positions.splice(0, dropped);
    this.#positions[0] = position;
    this.#oldest = height;
  }

  /** Forgets everything, for a log that is read anew. */
  clear(): void {
    this.#oldest = undefined;
    this.#newest = -1;
    this.#positions = [];
  }
}
