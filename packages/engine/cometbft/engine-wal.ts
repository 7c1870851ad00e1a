import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Height } from '@ward/protocol';

/** Blocks between two looks: no start reads what was written before so many durable ones. */
const EVERY_BLOCKS = 100;
/** A part that is full; the one that is written, `wal`, has no number. */
const FULL_PART = /^wal\.[0-9]{3,}$/;

/**
 * CometBFT writes all messages of consensus into its write-ahead log and lets the full parts of it
 * grow to 1 GB, though a start reads only what stands behind the last block. This drops a part once
 * there have been a hundred blocks since it was seen: the block that a start looks for is in a
 * later one. CometBFT lists the parts when it starts, and takes any as the first.
 */
export class EngineWal {
  readonly #folder: string;
  #at: Height = 0;
  #seen: readonly string[] = [];

  /** @param home Of CometBFT. */
  constructor(home: string) {
    this.#folder = join(home, 'data', 'cs.wal');
  }

  /** A block is durable: drops what no start needs any more. */
  committed(height: Height): void {
    if (height - this.#at < EVERY_BLOCKS) return;
    this.#at = height;
    for (const name of this.#seen) rmSync(join(this.#folder, name), { force: true });
    this.#seen = this.#parts();
  }

  #parts(): string[] {
    try {
      return readdirSync(this.#folder).filter((name) => FULL_PART.test(name));
    } catch {
      return [];
    }
  }
}
