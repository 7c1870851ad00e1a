import { DIGEST_BYTES, type Digest } from '@ward/protocol';
import {
  bitAt,
  EMPTY,
  HASH_WORDS,
  type NodeRef,
  type Nodes,
  skipCount,
  skipSide,
} from './nodes.ts';
import { digestWords, hashPair, PAIR_WORDS, pairWords } from './sha256.ts';

/** The way from a root to where a key stands, or would stand. */
export interface TreePath {
  readonly depth: number;
  /** Bit of each level from the root down: its sibling is not empty. */
  readonly bitmap: Uint8Array;
  /** Hashes beside the way that are not of empty subtrees, from the root down. */
  readonly siblings: readonly Digest[];
  /** The key's own leaf, another one, or {@link EMPTY}. */
  readonly end: NodeRef;
  readonly isOwn: boolean;
}

const DEPTH_MAX = 256;
// Of one path at a time; a path of 1M keys has about 21 siblings.
const bits = new Uint8Array(DEPTH_MAX / 8);
const hashes = new Int32Array(DEPTH_MAX * HASH_WORDS);

/** The path of a key, in the form of protocol's state proofs. */
export function treePath(nodes: Nodes, root: NodeRef, keyHash: Int32Array): TreePath {
  bits.fill(0);
  let node = root;
  let depth = 0;
  let count = 0;
  while (node > 0) {
    const skip = nodes.skip(node);
    const together = sharedLevels(skip, keyHash, depth);
    depth += together;
    bits[depth >> 3]! |= 0x80 >> (depth & 7);
    if (together < skipCount(skip)) {
      hashBehind(nodes, node, together + 1, count++ * HASH_WORDS);
      node = EMPTY;
    } else {
      const isLeft = bitAt(keyHash, 0, depth) === 0;
      const sibling = isLeft ? nodes.right(node) : nodes.left(node);
      if (sibling === EMPTY) bits[depth >> 3]! &= ~(0x80 >> (depth & 7));
      else nodes.copyHash(sibling, hashes, count++ * HASH_WORDS);
      node = isLeft ? nodes.left(node) : nodes.right(node);
    }
    depth++;
  }
  const joined = new Uint8Array(hashes.slice(0, count * HASH_WORDS).buffer);
  const siblings: Digest[] = [];
  for (let at = 0; at < joined.length; at += DIGEST_BYTES) {
    siblings.push(joined.subarray(at, at + DIGEST_BYTES));
  }
  const isOwn = node !== EMPTY && nodes.hasKeyHash(node, keyHash, 0);
  return { depth, bitmap: bits.slice(0, (depth + 7) >> 3), siblings, end: node, isOwn };
}

/** How many of the levels that a node at `depth` skips a key goes along. */
export function sharedLevels(skip: number, keyHash: Int32Array, depth: number): number {
  const count = skipCount(skip);
  for (let level = 0; level < count; level++) {
    if (bitAt(keyHash, 0, depth + level) !== skipSide(skip, level)) return level;
  }
  return count;
}

/** Hash of a node behind the first of the levels that it skips, made from its children. */
function hashBehind(nodes: Nodes, node: NodeRef, levels: number, at: number): void {
  const skip = nodes.skip(node);
  nodes.copyHash(nodes.left(node), pairWords, 0);
  nodes.copyHash(nodes.right(node), pairWords, HASH_WORDS);
  hashPair();
  for (let level = skipCount(skip) - 1; level >= levels; level--) {
    const side = skipSide(skip, level);
    for (let i = 0; i < PAIR_WORDS; i++) pairWords[i] = 0;
    for (let i = 0; i < HASH_WORDS; i++) pairWords[side * HASH_WORDS + i] = digestWords[i]!;
    hashPair();
  }
  for (let i = 0; i < HASH_WORDS; i++) hashes[at + i] = digestWords[i]!;
}
