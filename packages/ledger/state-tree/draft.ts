import type { Crypto } from '@ward/protocol';
import { IntList } from './int-list.ts';
import {
  bitAt,
  EMPTY,
  HASH_WORDS,
  type NodeRef,
  type Nodes,
  SKIP_MAX,
  skipBehind,
  skipCount,
  skipFrom,
  skipSide,
} from './nodes.ts';
import { PAIR_WORDS, sha256Pairs } from './sha256.ts';
import type { WriteBatch } from './write-batch.ts';

const DEPTH_MAX = 256;
/** Inner nodes that are hashed at once. */
const PAIRS_MAX = 64;
const pairWords = new Int32Array(PAIRS_MAX * PAIR_WORDS);
const pairBytes = new Uint8Array(pairWords.buffer);
const digestWords = new Int32Array(PAIRS_MAX * HASH_WORDS);
const digestBytes = new Uint8Array(digestWords.buffer);

/** Hashes of many pairs at once: {@link Crypto.sha256Pairs}. */
export type HashPairs = NonNullable<Crypto['sha256Pairs']>;

/** A range of the batch's writes, `high` exclusive. */
type Low = number;
type High = number;

/**
 * A version of the tree that is not adopted yet: new nodes beside the old ones, which stay as they
 * are. It is thrown away without a trace, or adopted, which frees what it replaced once no retained
 * version needs it.
 */
export class TreeDraft {
  readonly root: NodeRef;
  readonly batch: WriteBatch;
  /** Nodes of the version before that this one replaces. */
  readonly retiredInner = new IntList();
  readonly retiredLeaves = new IntList();
  readonly #nodes: Nodes;
  readonly #hashPairs: HashPairs;
  readonly #newInner = new IntList();
  /**
   * Hashes to make, by depth: a node's name to hash its two children, or -(2 × name + side) to hash
   * its own hash on that side of an empty subtree, for a level that it skips.
   */
  readonly #levels: IntList[] = [];

  constructor(nodes: Nodes, base: NodeRef, batch: WriteBatch, hashPairs: HashPairs = sha256Pairs) {
    batch.assertSorted();
    this.#nodes = nodes;
    this.#hashPairs = hashPairs;
    this.batch = batch;
    this.root = this.#merge(base, 0, 0, batch.count);
    this.#hashLevels();
  }

  /** Gives the new nodes back; the draft must not be used afterwards. */
  discard(): void {
    const { inner, leaves } = this.#nodes;
    inner.releaseAll(this.#newInner.items, this.#newInner.length);
    for (let i = 0; i < this.batch.count; i++) leaves.release(-this.batch.leaf(i));
  }

  /** The subtree at `depth` with some of the writes in it; calls itself at most 256 deep. */
  #merge(node: NodeRef, depth: number, low: Low, high: High): NodeRef {
    if (low === high) return node;
    if (node > 0) {
      this.retiredInner.push(node);
      return this.#mergeInner(node, this.#nodes.skip(node), depth, low, high);
    }
    if (high - low === 1) {
      if (node === EMPTY) return this.#makeLeaf(low);
      if (this.#nodes.hasKeyHash(node, this.batch.keyHashes, low * HASH_WORDS)) {
        this.retiredLeaves.push(-node);
        return this.#makeLeaf(low);
      }
    }
    if (depth === DEPTH_MAX) throw new Error('two keys of one hash in the state tree');
    const middle = this.#middle(depth, low, high);
    // The leaf that stood here goes down on its own side until it stands alone.
    const side = node === EMPTY ? -1 : this.#nodes.keyBit(node, depth);
    const left = this.#merge(side === 0 ? node : EMPTY, depth + 1, low, middle);
    const right = this.#merge(side === 1 ? node : EMPTY, depth + 1, middle, high);
    return this.#join(depth, left, right);
  }

  /** The same below an inner node of which `skip` is what it still skips. */
  #mergeInner(node: NodeRef, skip: number, depth: number, low: Low, high: High): NodeRef {
    if (low === high) return this.#shorten(node, skip, depth);
    const nodes = this.#nodes;
    const middle = this.#middle(depth, low, high);
    if (skipCount(skip) === 0) {
      const oldRight = nodes.right(node);
      const left = this.#merge(nodes.left(node), depth + 1, low, middle);
      return this.#join(depth, left, this.#merge(oldRight, depth + 1, middle, high));
    }
    const rest = skipBehind(skip, 1);
    if (skipSide(skip, 0) === 0) {
      const left = this.#mergeInner(node, rest, depth + 1, low, middle);
      return this.#join(depth, left, this.#merge(EMPTY, depth + 1, middle, high));
    }
    const left = this.#merge(EMPTY, depth + 1, low, middle);
    return this.#join(depth, left, this.#mergeInner(node, rest, depth + 1, middle, high));
  }

  /** First of the writes whose path turns right at `depth`. */
  #middle(depth: number, low: Low, high: High): number {
    const { keyHashes } = this.batch;
    let from = low;
    let to = high;
    while (from < to) {
      const half = (from + to) >>> 1;
      if (bitAt(keyHashes, half * HASH_WORDS, depth) === 0) from = half + 1;
      else to = half;
    }
    return from;
  }

  #makeLeaf(write: number): NodeRef {
    const { keyHashes, leafHashes, leaves } = this.batch;
    const leaf = this.#nodes.newLeaf(keyHashes, leafHashes, write * HASH_WORDS);
    leaves[write] = leaf;
    return leaf;
  }

  #makeInner(left: NodeRef, right: NodeRef, skip: number): NodeRef {
    const node = this.#nodes.newInner(left, right, skip);
    this.#newInner.push(node);
    return node;
  }

  /** The node at `depth` over two subtrees; over a single one, that one with a level skipped. */
  #join(depth: number, left: NodeRef, right: NodeRef): NodeRef {
    const nodes = this.#nodes;
    if (left === EMPTY || right === EMPTY) {
      const only = left === EMPTY ? right : left;
      const side = left === EMPTY ? 1 : 0;
      const skip = nodes.skip(only);
      // It holds a write, so it is new and may still change.
      if (skipCount(skip) < SKIP_MAX) {
        nodes.setSkip(only, skipFrom(side, skip));
        this.#level(depth).push(-(2 * only + side));
        return only;
      }
    }
    const node = this.#makeInner(left, right, 0);
    this.#level(depth).push(node);
    return node;
  }

  /** A node that stays as it is, at a depth that it skipped before. */
  #shorten(node: NodeRef, skip: number, depth: number): NodeRef {
    const shorter = this.#makeInner(this.#nodes.left(node), this.#nodes.right(node), skip);
    const levels = skipCount(skip);
    this.#level(depth + levels).push(shorter);
    for (let level = levels - 1; level >= 0; level--) {
      this.#level(depth + level).push(-(2 * shorter + skipSide(skip, level)));
    }
    return shorter;
  }

  #level(depth: number): IntList {
    for (let i = this.#levels.length; i <= depth; i++) this.#levels.push(new IntList());
    return this.#levels[depth]!;
  }

  #hashLevels(): void {
    for (let depth = this.#levels.length - 1; depth >= 0; depth--) {
      const { items, length } = this.#levels[depth]!;
      for (let first = 0; first < length; first += PAIRS_MAX) {
        this.#hashSome(items, first, Math.min(PAIRS_MAX, length - first));
      }
    }
  }

  #hashSome(items: Int32Array, first: number, count: number): void {
    const nodes = this.#nodes;
    for (let number = 0; number < count; number++) {
      const item = items[first + number]!;
      let left = item;
      let right = EMPTY;
      if (item > 0) {
        left = nodes.left(item);
        right = nodes.right(item);
      } else {
        const node = -item >> 1;
        left = (item & 1) === 0 ? node : EMPTY;
        right = (item & 1) === 0 ? EMPTY : node;
      }
      nodes.copyHash(left, pairWords, number * PAIR_WORDS);
      nodes.copyHash(right, pairWords, number * PAIR_WORDS + HASH_WORDS);
    }
    const isFull = count === PAIRS_MAX;
    const pairs = isFull ? pairBytes : pairBytes.subarray(0, 4 * count * PAIR_WORDS);
    this.#hashPairs(pairs, isFull ? digestBytes : digestBytes.subarray(0, 4 * count * HASH_WORDS));
    for (let number = 0; number < count; number++) {
      const item = items[first + number]!;
      nodes.setInnerHash(item > 0 ? item : -item >> 1, digestWords, number * HASH_WORDS);
    }
  }
}
