import { type StateProof, toHex, verifyState } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareHashes } from './compare-hashes.ts';
import { EMPTY, HASH_WORDS, SKIP_MAX, skipFrom, skipSide } from './nodes.ts';
import { sha256Words } from './sha256.ts';
import { StateTree } from './state-tree.ts';
import { sharedLevels, type TreePath, treePath } from './tree-path.ts';
import { WriteBatch } from './write-batch.ts';

const crypto = await loadCrypto();
const keyOf = (n: number) => Uint8Array.of(7, n >> 8, n);
const valueFor = (n: number) => Uint8Array.of(n);

function hashOf(key: Uint8Array): Int32Array {
  const words = new Int32Array(HASH_WORDS);
  sha256Words(key, words, 0);
  return words;
}

function treeOf(count: number): StateTree {
  const hashes = new Int32Array(count * HASH_WORDS);
  for (let n = 0; n < count; n++) sha256Words(keyOf(n), hashes, n * HASH_WORDS);
  const order = Array.from({ length: count }, (_, n) => n * HASH_WORDS);
  order.sort((a, b) => compareHashes(hashes, a, b));
  const batch = new WriteBatch(count);
  for (const [i, from] of order.entries()) batch.put(i, hashes, from, valueFor(from / HASH_WORDS));
  const tree = new StateTree(1);
  tree.adopt(tree.draft(batch), 1);
  return tree;
}

/** The proof that a path is, where its end is known by its number. */
function proofOf(path: TreePath, other: number | undefined): StateProof {
  const { depth, bitmap, siblings, end, isOwn } = path;
  if (isOwn) return { depth, bitmap, siblings, terminal: { kind: 'own' } };
  if (end === EMPTY) return { depth, bitmap, siblings, terminal: { kind: 'empty' } };
  const keyHash = crypto.sha256(keyOf(other!));
  const valueHash = crypto.sha256(valueFor(other!));
  return { depth, bitmap, siblings, terminal: { kind: 'other', keyHash, valueHash } };
}

describe('a path', () => {
  const COUNT = 120;
  const tree = treeOf(COUNT);
  const entries = Array.from({ length: COUNT }, (_, n) => [keyOf(n), valueFor(n)] as const);
  const naive = new NaiveStateTree(entries, crypto);
  const numbers = Array.from({ length: COUNT }, (_, n) => n);

  it('is that of the definition, to keys that are there and that are not', () => {
    for (let n = 0; n < 2 * COUNT; n++) {
      const key = keyOf(n);
      const path = treePath(tree.nodes, tree.root, hashOf(key));
      const other = numbers.find(
        (m) => path.end !== EMPTY && tree.nodes.hasKeyHash(path.end, hashOf(keyOf(m)), 0),
      );
      expect(path.isOwn).toBe(n < COUNT);
      expect(proofOf(path, other)).toEqual(naive.prove(key));
    }
  });

  it('has a sibling for each bit that is set, and no bit behind its depth', () => {
    for (const n of numbers) {
      const { depth, bitmap, siblings } = treePath(tree.nodes, tree.root, hashOf(keyOf(n)));
      const bits = [...bitmap].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      expect(bitmap).toHaveLength(Math.ceil(depth / 8));
      expect(bits.slice(depth)).not.toContain('1');
      expect(bits.split('1')).toHaveLength(siblings.length + 1);
    }
  });

  it('is not changed by the path that is made after it', () => {
    const first = treePath(tree.nodes, tree.root, hashOf(keyOf(3)));
    const text = [...first.siblings, first.bitmap].map(toHex);
    for (const n of numbers) treePath(tree.nodes, tree.root, hashOf(keyOf(n)));
    expect([...first.siblings, first.bitmap].map(toHex)).toEqual(text);
  });

  it('costs about as many hashes as the keys have bits in their number', () => {
    const lengths = numbers.map(
      (n) => treePath(tree.nodes, tree.root, hashOf(keyOf(n))).siblings.length,
    );
    const mean = lengths.reduce((sum, length) => sum + length, 0) / COUNT;
    expect(mean).toBeGreaterThan(Math.log2(COUNT) - 1);
    expect(mean).toBeLessThan(Math.log2(COUNT) + 3);
  });

  it('in an empty tree ends at once', () => {
    const path = treePath(new StateTree(1).nodes, EMPTY, hashOf(keyOf(1)));
    expect(path).toEqual({
      ...{ depth: 0, bitmap: new Uint8Array(0), siblings: [] },
      ...{ end: EMPTY, isOwn: false },
    });
    const claim = { key: keyOf(1), value: null, proof: proofOf(path, undefined) };
    expect(verifyState(claim, new Uint8Array(32), crypto)).toBe(true);
  });
});

describe('levels that a node skips', () => {
  it('are shared up to the first at which a key goes the other way', () => {
    const sides = fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: SKIP_MAX });
    fc.assert(
      fc.property(sides, fc.uint8Array(), fc.nat(200), (ways, key, depth) => {
        const skip = ways.reduceRight((rest, side) => skipFrom(side, rest), 0);
        const hash = hashOf(key);
        const bits = [...new Uint8Array(hash.buffer)]
          .map((byte) => byte.toString(2).padStart(8, '0'))
          .join('');
        const other = ways.findIndex((side, level) => bits[depth + level] !== String(side));
        expect(sharedLevels(skip, hash, depth)).toBe(other < 0 ? ways.length : other);
        expect(ways.map((_, level) => skipSide(skip, level))).toEqual(ways);
      }),
    );
  });
});
