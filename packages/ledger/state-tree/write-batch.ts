import { compareHashes } from './compare-hashes.ts';
import { HASH_WORDS, type NodeRef } from './nodes.ts';
import { leafWords } from './sha256.ts';

/**
 * Keys and values that one version of the tree adds, each key once, in the order of the hashes of
 * the keys.
 */
export class WriteBatch {
  readonly count: number;
  readonly keyHashes: Int32Array;
  readonly leafHashes: Int32Array;
  /** Leaf that was made for each write, once the batch is in a draft. */
  readonly leaves: Int32Array;

  /** @param count How many writes {@link put} will give it. */
  constructor(count: number) {
    this.count = count;
    this.keyHashes = new Int32Array(count * HASH_WORDS);
    this.leafHashes = new Int32Array(count * HASH_WORDS);
    this.leaves = new Int32Array(count);
  }

  /** Sets write `index`; the hash of its key stands in `keyHashes` from word `from` on. */
  put(index: number, keyHashes: Int32Array, from: number, value: Uint8Array): void {
    const at = index * HASH_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) this.keyHashes[at + i] = keyHashes[from + i]!;
    leafWords(this.keyHashes, at, value, this.leafHashes, at);
  }

  /** Sets write `index` by its two hashes, where the value is known to belong to them. */
  putHashes(index: number, keyHash: Int32Array, leafHash: Int32Array): void {
    this.keyHashes.set(keyHash, index * HASH_WORDS);
    this.leafHashes.set(leafHash, index * HASH_WORDS);
  }

  /** Throws unless the hashes of the keys ascend; anything else would be a bug of ours. */
  assertSorted(): void {
    for (let i = 1; i < this.count; i++) {
      if (compareHashes(this.keyHashes, (i - 1) * HASH_WORDS, i * HASH_WORDS) >= 0) {
        throw new Error('the writes of a batch are not sorted');
      }
    }
  }

  leaf(index: number): NodeRef {
    return this.leaves[index]!;
  }
}
