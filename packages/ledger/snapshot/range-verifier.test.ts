import { compareBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitAt, HASH_WORDS } from '../state-tree/nodes.ts';
import { StateTree } from '../state-tree/state-tree.ts';
import { treePath } from '../state-tree/tree-path.ts';
import { WriteBatch } from '../state-tree/write-batch.ts';
import { DEPTH_MAX, type LeafRange, RangeVerifier } from './range-verifier.ts';

const crypto = await loadCrypto();
const random = seededRandom(17);

const wordsOf = (bytes: Uint8Array) => new Int32Array(bytes.slice().buffer);

/** A tree over keys that are given by their hashes, with all that a range needs of it. */
class Leaves {
  readonly tree = new StateTree(1);
  readonly keyHashes: Int32Array;
  readonly leafHashes: Int32Array;
  readonly count: number;

  constructor(hashes: readonly Uint8Array[]) {
    const sorted = [...hashes].sort(compareBytes);
    this.count = sorted.length;
    const batch = new WriteBatch(this.count);
    for (const [i, hash] of sorted.entries()) batch.put(i, wordsOf(hash), 0, Uint8Array.of(i));
    this.tree.adopt(this.tree.draft(batch), 1);
    this.keyHashes = batch.keyHashes;
    this.leafHashes = batch.leafHashes;
  }

  get root(): Uint8Array {
    return this.tree.versions[0]!.rootHash;
  }

  keyHash(leaf: number): Int32Array {
    return this.keyHashes.slice(leaf * HASH_WORDS, (leaf + 1) * HASH_WORDS);
  }

  /** Leaves from `low` up to, not including, `high`. */
  range(low: number, high: number): LeafRange {
    const last = this.keyHash(high - 1);
    const path = treePath(this.tree.nodes, this.tree.root, last);
    const right = new Int32Array(DEPTH_MAX * HASH_WORDS);
    let at = 0;
    for (let depth = 0; depth < path.depth; depth++) {
      if ((path.bitmap[depth >> 3]! & (0x80 >> (depth & 7))) === 0) continue;
      const sibling = path.siblings[at++]!;
      if (bitAt(last, 0, depth) === 0) right.set(wordsOf(sibling), depth * HASH_WORDS);
    }
    return {
      count: high - low,
      keyHashes: this.keyHashes.slice(low * HASH_WORDS, high * HASH_WORDS),
      leafHashes: this.leafHashes.slice(low * HASH_WORDS, high * HASH_WORDS),
      depth: path.depth,
      right,
    };
  }

  /** A verifier that knows the leaves before one. */
  verifierAt(leaf: number): RangeVerifier {
    const verifier = new RangeVerifier(this.root);
    if (leaf > 0) expect(verifier.verify(this.range(0, leaf))).toBe(true);
    return verifier;
  }
}

const randomLeaves = (count: number) =>
  new Leaves(Array.from({ length: count }, () => random.bytes(32)));

/** Hashes that agree in their first bits, so that leaves stand deep. */
function deepHash(prefixBits: number, rest: Uint8Array): Uint8Array {
  const hash = rest.slice();
  for (let bit = 0; bit < prefixBits; bit++) hash[bit >> 3]! &= ~(0x80 >> (bit & 7));
  return hash;
}

/** The range with one of its parts changed. */
function altered(range: LeafRange, change: Partial<LeafRange>): LeafRange {
  return { ...range, ...change };
}

describe('ranges of leaves', () => {
  it('follow each other however a tree is cut, and end where it ends', () => {
    const hash = fc.tuple(
      fc.constantFrom(0, 3, 40, 200, 250),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
    );
    const hashes = fc.uniqueArray(
      hash.map(([prefix, rest]) => deepHash(prefix, rest)),
      { minLength: 1, maxLength: 60, selector: (bytes) => bytes.join() },
    );
    fc.assert(
      fc.property(hashes, fc.array(fc.nat(20), { maxLength: 20 }), (all, cuts) => {
        const leaves = new Leaves(all);
        const verifier = new RangeVerifier(leaves.root);
        let low = 0;
        for (let i = 0; low < leaves.count; i++) {
          expect(verifier.isComplete).toBe(false);
          const high = Math.min(leaves.count, low + 1 + (cuts[i % cuts.length] ?? leaves.count));
          expect(verifier.verify(leaves.range(low, high))).toBe(true);
          expect(verifier.count).toBe(high);
          low = high;
        }
        expect(verifier.isComplete).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('are refused where one leaf is left out, added, changed or stands elsewhere', () => {
    const leaves = randomLeaves(40);
    for (const [low, high] of [
      [0, 12],
      [12, 25],
      [25, 40],
    ] as const) {
      const verifier = leaves.verifierAt(low);
      const range = leaves.range(low, high);
      const { keyHashes, leafHashes, count } = range;
      for (let out = 0; out < count; out++) {
        const without = (words: Int32Array) =>
          words.filter((_, at) => Math.floor(at / HASH_WORDS) !== out);
        const shorter = { keyHashes: without(keyHashes), leafHashes: without(leafHashes) };
        expect(verifier.verify(altered(range, { ...shorter, count: count - 1 }))).toBe(false);
        const flipped = leafHashes.slice();
        flipped[out * HASH_WORDS + (out % HASH_WORDS)]! ^= 1 << (out % 32);
        expect(verifier.verify(altered(range, { leafHashes: flipped }))).toBe(false);
        const order = keyHashes.slice();
        [order[0], order[HASH_WORDS]] = [order[HASH_WORDS]!, order[0]!];
        expect(verifier.verify(altered(range, { keyHashes: order }))).toBe(false);
      }
      expect(verifier.verify(altered(range, { count: 0 }))).toBe(false);
      expect(verifier.count).toBe(low);
      expect(verifier.verify(range)).toBe(true);
    }
  });

  it('are refused with another depth, or other hashes on their right', () => {
    const leaves = randomLeaves(30);
    const verifier = leaves.verifierAt(10);
    const range = leaves.range(10, 20);
    for (const depth of [0, range.depth - 1, range.depth + 1, DEPTH_MAX]) {
      expect(verifier.verify(altered(range, { depth }))).toBe(false);
    }
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      const right = range.right.slice();
      right[depth * HASH_WORDS]! ^= 5;
      expect(verifier.verify(altered(range, { right }))).toBe(false);
    }
    expect(verifier.verify(altered(range, { right: new Int32Array(range.right.length) }))).toBe(
      false,
    );
    expect(verifier.verify(range)).toBe(true);
    expect(verifier.isComplete).toBe(false);
  });

  it('are refused where they leave a gap, come twice, or come behind the last', () => {
    const leaves = randomLeaves(30);
    const verifier = leaves.verifierAt(10);
    expect(verifier.verify(leaves.range(11, 20))).toBe(false);
    expect(verifier.verify(leaves.range(9, 20))).toBe(false);
    expect(verifier.verify(leaves.range(0, 10))).toBe(false);
    expect(verifier.verify(leaves.range(10, 30))).toBe(true);
    expect(verifier.isComplete).toBe(true);
    for (const low of [0, 10, 29]) expect(verifier.verify(leaves.range(low, 30))).toBe(false);
  });

  it('of one tree are not those of another, though it differs in one leaf', () => {
    const hashes = Array.from({ length: 20 }, () => random.bytes(32));
    const other = new Leaves([...hashes.slice(1), crypto.sha256(hashes[0]!)]);
    const verifier = new RangeVerifier(new Leaves(hashes).root);
    for (const high of [1, 7, 20]) expect(verifier.verify(other.range(0, high))).toBe(false);
    expect(verifier.count).toBe(0);
  });

  it('may be of one leaf alone, which is then the root', () => {
    const leaves = randomLeaves(1);
    const verifier = new RangeVerifier(leaves.root);
    const range = leaves.range(0, 1);
    expect(range.depth).toBe(0);
    expect(verifier.verify(altered(range, { depth: 1 }))).toBe(false);
    expect(verifier.verify(range)).toBe(true);
    expect(verifier.isComplete).toBe(true);
  });
});
