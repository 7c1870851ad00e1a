import type { CommittedBlock } from '@ward/ledger';
import type { Height, LightBlock } from '@ward/protocol';
import type { ChainArchive, ReceiptParts } from './block-archive.ts';

/** The chain that this one continues, as far as a node was given it. */
export interface Predecessor {
  /** Its last block. */
  readonly last: LightBlock;
  /** Its blocks; undefined where the node has none of them. */
  readonly archive: ChainArchive | undefined;
}

/** Blocks of a chain and of the one that it continues; heights are of one row. */
export class SuccessionArchive implements ChainArchive {
  readonly #own: ChainArchive;
  readonly #before: Predecessor;
  readonly #base: Height;

  constructor(own: ChainArchive, before: Predecessor) {
    this.#own = own;
    this.#before = before;
    this.#base = before.last.header.height;
  }

  get oldest(): Height {
    const { archive } = this.#before;
    const isWhole = archive !== undefined && this.#own.oldest === this.#base + 1;
    return isWhole ? archive.oldest : this.#own.oldest;
  }

  lightBlock(height: Height): LightBlock | undefined {
    // Every node can show where the old chain ended.
    if (height === this.#base) return this.#before.last;
    return this.#at(height)?.lightBlock(height);
  }

  receiptParts(height: Height): ReceiptParts | undefined {
    return this.#at(height)?.receiptParts(height);
  }

  counts(height: Height): readonly (number | null)[] | null {
    return this.#at(height)?.counts(height) ?? null;
  }

  block(height: Height): CommittedBlock | undefined {
    return this.#at(height)?.block(height);
  }

  #at(height: Height): ChainArchive | undefined {
    return height > this.#base ? this.#own : this.#before.archive;
  }
}
