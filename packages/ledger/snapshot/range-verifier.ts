import { type Digest, equalBytes } from '@ward/protocol';
import { compareHashes } from '../state-tree/compare-hashes.ts';
import { bitAt, HASH_WORDS } from '../state-tree/nodes.ts';
import { digestWords, hashPair, PAIR_WORDS, pairWords } from '../state-tree/sha256.ts';

export const DEPTH_MAX = 256;

/** Leaves that follow each other in the tree, and what stands right of the last of them. */
export interface LeafRange {
  readonly count: number;
  /** Hashes of the keys, one behind the other; the same for the leaves. */
  readonly keyHashes: Int32Array;
  readonly leafHashes: Int32Array;
  /** Depth at which the last leaf stands. */
  readonly depth: number;
  /** By depth: hash of the subtree right of the last leaf's way; zeros where it is empty. */
  readonly right: Int32Array;
}

/** A subtree with those of the leaves that stand in it, `high` exclusive. */
interface Subtree {
  readonly depth: number;
  readonly low: number;
  readonly high: number;
  /** Whether the first and the last of all the leaves stand in it. */
  readonly edges: { readonly left: boolean; readonly right: boolean };
}

/**
 * Follows the leaves of a tree from the first to the last, range by range, and knows of each range
 * whether it is exactly what stands behind the one before: what lies left of it is known already,
 * what lies right of it comes with it, and only the true leaves between give the tree's root.
 */
export class RangeVerifier {
  readonly #root: Digest;
  /** The last leaf so far, with the hashes left of its way by depth. */
  #depth = 0;
  #left = new Int32Array(DEPTH_MAX * HASH_WORDS);
  #count = 0;
  readonly #last = { keyHash: new Int32Array(HASH_WORDS), leafHash: new Int32Array(HASH_WORDS) };
  /** Of the range at hand: the leaf before it, then its own. */
  #keyHashes = new Int32Array(0);
  #leafHashes = new Int32Array(0);
  #range!: LeafRange;
  #newLeft = new Int32Array(DEPTH_MAX * HASH_WORDS);
  /** Two children's hashes for each depth. */
  readonly #hashes = new Int32Array((DEPTH_MAX + 1) * PAIR_WORDS);
  #isBroken = false;
  #isComplete = false;

  constructor(root: Digest) {
    this.#root = root;
  }

  /** Leaves that are verified. */
  get count(): number {
    return this.#count;
  }

  /** Whether nothing stands right of the last leaf. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether a range follows; one that does not leaves no trace. */
  verify(range: LeafRange): boolean {
    const before = this.#count === 0 ? 0 : 1;
    const count = range.count + before;
    this.#range = range;
    this.#gather(range, before);
    for (let i = 1; i < count; i++) {
      const [a, b] = [(i - 1) * HASH_WORDS, i * HASH_WORDS];
      if (compareHashes(this.#keyHashes, a, b) >= 0) return false;
    }
    this.#isBroken = range.count === 0 || this.#isComplete || !this.#isRightOfLast(count - 1);
    const top = DEPTH_MAX * PAIR_WORDS;
    const edges = { left: before === 1, right: true };
    if (!this.#isBroken) this.#subtree({ depth: 0, low: 0, high: count, edges }, top);
    const root = new Uint8Array(this.#hashes.slice(top, top + HASH_WORDS).buffer);
    if (this.#isBroken || !equalBytes(root, this.#root)) return false;
    this.#accept(range, count - 1);
    return true;
  }

  #gather({ count, keyHashes, leafHashes }: LeafRange, before: number): void {
    const words = (count + before) * HASH_WORDS;
    if (this.#keyHashes.length < words) {
      this.#keyHashes = new Int32Array(words);
      this.#leafHashes = new Int32Array(words);
    }
    const own = count * HASH_WORDS;
    this.#keyHashes.set(this.#last.keyHash);
    this.#leafHashes.set(this.#last.leafHash);
    this.#keyHashes.set(keyHashes.subarray(0, own), before * HASH_WORDS);
    this.#leafHashes.set(leafHashes.subarray(0, own), before * HASH_WORDS);
  }

  /** Nothing is told to stand right of a level at which the last leaf's way turns right. */
  #isRightOfLast(last: number): boolean {
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      const isTold = this.#range.depth > depth && this.#bit(last, depth) === 0;
      if (!isTold && !isZero(this.#range.right, depth * HASH_WORDS)) return false;
    }
    return true;
  }

  #accept(range: LeafRange, last: number): void {
    const at = last * HASH_WORDS;
    this.#last.keyHash.set(this.#keyHashes.subarray(at, at + HASH_WORDS));
    this.#last.leafHash.set(this.#leafHashes.subarray(at, at + HASH_WORDS));
    this.#depth = range.depth;
    this.#count += range.count;
    this.#isComplete = range.right.every((word) => word === 0);
    [this.#left, this.#newLeft] = [this.#newLeft, this.#left];
  }

  /** Puts the hash of the subtree at `depth` that holds some of the leaves at word `to`. */
  #subtree({ depth, low, high, edges }: Subtree, to: number): void {
    const hashes = this.#hashes;
    const isEnd =
      (edges.left && depth === this.#depth) || (edges.right && depth === this.#range.depth);
    const isLone = high - low === 1 && (isEnd || !(edges.left || edges.right));
    if (isLone) copyHash(this.#leafHashes, low * HASH_WORDS, hashes, to);
    else if (high === low) hashes.fill(0, to, to + HASH_WORDS);
    else if (isEnd || depth === DEPTH_MAX) this.#isBroken = true;
    else {
      this.#children({ depth, low, high, edges });
      const at = depth * PAIR_WORDS;
      for (let i = 0; i < PAIR_WORDS; i++) pairWords[i] = hashes[at + i]!;
      hashPair();
      copyHash(digestWords, 0, hashes, to);
    }
  }

  /** Puts the hashes of both children at the words of the depth. */
  #children({ depth, low, high, edges }: Subtree): void {
    const at = depth * PAIR_WORDS;
    const known = depth * HASH_WORDS;
    const firstTurnsRight = edges.left && this.#bit(low, depth) === 1;
    const lastTurnsRight = edges.right && this.#bit(high - 1, depth) === 1;
    const middle = this.#middle(depth, low, high);
    const below = depth + 1;
    if (firstTurnsRight) copyHash(this.#left, known, this.#hashes, at);
    else {
      const own = { left: edges.left, right: edges.right && !lastTurnsRight };
      this.#subtree({ depth: below, low, high: middle, edges: own }, at);
    }
    if (lastTurnsRight) copyHash(this.#hashes, at, this.#newLeft, known);
    if (edges.right && !lastTurnsRight) {
      copyHash(this.#range.right, known, this.#hashes, at + HASH_WORDS);
    } else {
      const own = { left: firstTurnsRight, right: edges.right };
      this.#subtree({ depth: below, low: middle, high, edges: own }, at + HASH_WORDS);
    }
  }

  #bit(leaf: number, depth: number): number {
    return bitAt(this.#keyHashes, leaf * HASH_WORDS, depth);
  }

  /** First of the leaves whose way turns right at `depth`. */
  #middle(depth: number, low: number, high: number): number {
    let from = low;
    let to = high;
    while (from < to) {
      const half = (from + to) >>> 1;
      if (this.#bit(half, depth) === 0) from = half + 1;
      else to = half;
    }
    return from;
  }
}

function isZero(hashes: Int32Array, at: number): boolean {
  for (let i = 0; i < HASH_WORDS; i++) if (hashes[at + i] !== 0) return false;
  return true;
}

function copyHash(source: Int32Array, from: number, target: Int32Array, to: number): void {
  for (let i = 0; i < HASH_WORDS; i++) target[to + i] = source[from + i]!;
}
