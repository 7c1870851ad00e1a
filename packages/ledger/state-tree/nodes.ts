import { Arena, CHUNK_MASK, CHUNK_SHIFT } from './arena.ts';

/**
 * Name of a node: positive for an inner one, negative for a leaf, 0 for an empty subtree.
 */
export type NodeRef = number;
export const EMPTY: NodeRef = 0;

export const HASH_WORDS = 8;
/** Inner node: hash; beside it left, right, skip. */
const LINK_WORDS = 3;
const LEFT = 0;
const RIGHT = 1;
const SKIP = 2;
/**
 * Levels that a node may skip: at these, from its own depth on, every key below it goes the same
 * way. The skip's word is their number (5 bits) and, above it, the way at each, the first lowest.
 */
export const SKIP_MAX = 27;
const SKIP_COUNT_BITS = 5;
const SKIP_COUNT_MASK = 31;
/** Leaf: hash; beside it hash of the key, place of the value in the log. */
const KEY_WORDS = 10;
const PLACE_LOW = 8;
const PLACE_HIGH = 9;
export const INNER_BYTES = (HASH_WORDS + LINK_WORDS) * 4;
export const LEAF_BYTES = (HASH_WORDS + KEY_WORDS) * 4;

/** Where a value's record stands in the log. */
export interface Place {
  readonly position: number;
  /** Bytes of the record; {@link SIZE_UNKNOWN} when it is longer than a leaf can say. */
  readonly size: number;
}

/** A record at least this long tells its length itself. */
export const SIZE_UNKNOWN = 0xffff;
const POSITION_HIGH_MAX = 0xffff;

/**
 * The nodes of the tree in all its versions; 44 bytes an inner node, 72 a leaf. The hash of an
 * inner node is that of the subtree at its own depth, the levels that it skips included.
 */
export class Nodes {
  readonly inner = new Arena(HASH_WORDS, LINK_WORDS);
  readonly leaves = new Arena(HASH_WORDS, KEY_WORDS);
  readonly #innerHashes = this.inner.columns[0]!;
  readonly #links = this.inner.columns[1]!;
  readonly #leafHashes = this.leaves.columns[0]!;
  readonly #keys = this.leaves.columns[1]!;

  newInner(left: NodeRef, right: NodeRef, skip = 0): NodeRef {
    const record = this.inner.allocate();
    const chunk = this.#links[record >>> CHUNK_SHIFT]!;
    const at = (record & CHUNK_MASK) * LINK_WORDS;
    chunk[at + LEFT] = left;
    chunk[at + RIGHT] = right;
    chunk[at + SKIP] = skip;
    return record;
  }

  #link(inner: NodeRef, word: number): number {
    return this.#links[inner >>> CHUNK_SHIFT]![(inner & CHUNK_MASK) * LINK_WORDS + word]!;
  }

  left(inner: NodeRef): NodeRef {
    return this.#link(inner, LEFT);
  }

  right(inner: NodeRef): NodeRef {
    return this.#link(inner, RIGHT);
  }

  /** The levels that an inner node skips: for {@link skipCount}, {@link skipSide}. */
  skip(inner: NodeRef): number {
    return this.#link(inner, SKIP);
  }

  setSkip(inner: NodeRef, skip: number): void {
    this.#links[inner >>> CHUNK_SHIFT]![(inner & CHUNK_MASK) * LINK_WORDS + SKIP] = skip;
  }

  /** A leaf; its place in the log is told later. */
  newLeaf(keyHashes: Int32Array, leafHashes: Int32Array, from: number): NodeRef {
    const record = this.leaves.allocate();
    const hashes = this.#leafHashes[record >>> CHUNK_SHIFT]!;
    const keys = this.#keys[record >>> CHUNK_SHIFT]!;
    const at = (record & CHUNK_MASK) * HASH_WORDS;
    const keyAt = (record & CHUNK_MASK) * KEY_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) {
      hashes[at + i] = leafHashes[from + i]!;
      keys[keyAt + i] = keyHashes[from + i]!;
    }
    keys[keyAt + PLACE_LOW] = 0;
    keys[keyAt + PLACE_HIGH] = 0;
    return -record;
  }

  /** Copies the hash of a node, zeros for an empty one. */
  copyHash(node: NodeRef, target: Int32Array, to: number): void {
    if (node === EMPTY) {
      for (let i = 0; i < HASH_WORDS; i++) target[to + i] = 0;
      return;
    }
    const record = node > 0 ? node : -node;
    const chunks = node > 0 ? this.#innerHashes : this.#leafHashes;
    const chunk = chunks[record >>> CHUNK_SHIFT]!;
    const at = (record & CHUNK_MASK) * HASH_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) target[to + i] = chunk[at + i]!;
  }

  setInnerHash(inner: NodeRef, source: Int32Array, from: number): void {
    const chunk = this.#innerHashes[inner >>> CHUNK_SHIFT]!;
    const at = (inner & CHUNK_MASK) * HASH_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) chunk[at + i] = source[from + i]!;
  }

  copyKeyHash(leaf: NodeRef, target: Int32Array, to: number): void {
    const chunk = this.#keys[-leaf >>> CHUNK_SHIFT]!;
    const at = (-leaf & CHUNK_MASK) * KEY_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) target[to + i] = chunk[at + i]!;
  }

  hasKeyHash(leaf: NodeRef, keyHashes: Int32Array, from: number): boolean {
    const chunk = this.#keys[-leaf >>> CHUNK_SHIFT]!;
    const at = (-leaf & CHUNK_MASK) * KEY_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) if (chunk[at + i] !== keyHashes[from + i]) return false;
    return true;
  }

  /** Bit of the hash of a leaf's key at a depth. */
  keyBit(leaf: NodeRef, depth: number): number {
    const chunk = this.#keys[-leaf >>> CHUNK_SHIFT]!;
    return bitAt(chunk, (-leaf & CHUNK_MASK) * KEY_WORDS, depth);
  }

  place(leaf: NodeRef): Place {
    const chunk = this.#keys[-leaf >>> CHUNK_SHIFT]!;
    const at = (-leaf & CHUNK_MASK) * KEY_WORDS;
    const high = chunk[at + PLACE_HIGH]!;
    const position = (high & POSITION_HIGH_MAX) * 2 ** 32 + (chunk[at + PLACE_LOW]! >>> 0);
    return { position, size: high >>> 16 };
  }

  setPlace(leaf: NodeRef, { position, size }: Place): void {
    const high = Math.floor(position / 2 ** 32);
    if (high > POSITION_HIGH_MAX) throw new Error('the log is longer than a leaf can say');
    const chunk = this.#keys[-leaf >>> CHUNK_SHIFT]!;
    const at = (-leaf & CHUNK_MASK) * KEY_WORDS;
    chunk[at + PLACE_LOW] = position | 0;
    chunk[at + PLACE_HIGH] = (Math.min(size, SIZE_UNKNOWN) << 16) | high;
  }
}

/** Number of levels of a skip. */
export function skipCount(skip: number): number {
  return skip & SKIP_COUNT_MASK;
}

/** The way at one of a skip's levels, the first being 0. */
export function skipSide(skip: number, level: number): number {
  return (skip >>> (SKIP_COUNT_BITS + level)) & 1;
}

/** The skip without its first levels. */
export function skipBehind(skip: number, levels: number): number {
  const sides = (skip >>> SKIP_COUNT_BITS) >>> levels;
  return (sides << SKIP_COUNT_BITS) | (skipCount(skip) - levels);
}

/** The skip with one more level before it. */
export function skipFrom(side: number, skip: number): number {
  const sides = ((skip >>> SKIP_COUNT_BITS) << 1) | side;
  return (sides << SKIP_COUNT_BITS) | (skipCount(skip) + 1);
}

/**
 * Bit of a hash at a depth, the first bit of the first byte at depth 0. The words hold the bytes in
 * the machine's order, which is little-endian wherever WebAssembly and V8 run.
 */
export function bitAt(hashes: Int32Array, from: number, depth: number): number {
  return (hashes[from + (depth >>> 5)]! >>> ((depth & 31) ^ 7)) & 1;
}
