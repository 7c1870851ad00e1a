import { EMPTY_HASH, innerHash, leafHash, pathBit, toHex, verifyState } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareHashes } from './compare-hashes.ts';
import { LeafWalk } from './leaf-walk.ts';
import { EMPTY, HASH_WORDS } from './nodes.ts';
import { sha256, sha256Words } from './sha256.ts';
import { StateTree } from './state-tree.ts';
import { treePath } from './tree-path.ts';
import { WriteBatch } from './write-batch.ts';

const crypto = await loadCrypto();
const ZERO = Uint8Array.of(0);

interface Write {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** The tree written naively from its definition. */
function naiveRoot(leaves: { keyHash: Uint8Array; hash: Uint8Array }[], depth = 0): Uint8Array {
  if (leaves.length === 0) return EMPTY_HASH;
  if (leaves.length === 1) return leaves[0]!.hash;
  const left = leaves.filter(({ keyHash }) => pathBit(keyHash, depth) === 0);
  const right = leaves.filter(({ keyHash }) => pathBit(keyHash, depth) === 1);
  return innerHash(naiveRoot(left, depth + 1), naiveRoot(right, depth + 1), crypto);
}

function naive(state: ReadonlyMap<string, Write>): Uint8Array {
  const leaves = [...state.values()].map(({ key, value }) => {
    const keyHash = crypto.sha256(key);
    return { keyHash, hash: leafHash(keyHash, crypto.sha256(value), crypto) };
  });
  return naiveRoot(leaves);
}

function batchOf(writes: readonly Write[]): WriteBatch {
  const hashes = new Int32Array(writes.length * HASH_WORDS);
  for (const [i, { key }] of writes.entries()) sha256Words(key, hashes, i * HASH_WORDS);
  const order = writes.map((_, i) => i * HASH_WORDS).sort((a, b) => compareHashes(hashes, a, b));
  const batch = new WriteBatch(writes.length);
  for (const [i, from] of order.entries()) {
    batch.put(i, hashes, from, writes[from / HASH_WORDS]!.value);
  }
  return batch;
}

function hashOf(key: Uint8Array): Int32Array {
  const words = new Int32Array(HASH_WORDS);
  sha256Words(key, words, 0);
  return words;
}

const key = fc.integer({ min: 0, max: 60 }).map((n) => Uint8Array.of(1, n));
const value = fc.uint8Array({ minLength: 0, maxLength: 80 });
const blocks = fc.array(
  fc.uniqueArray(fc.record({ key, value }), { selector: (w) => w.key[1], minLength: 1 }),
  { minLength: 1, maxLength: 12 },
);

function proofOf(tree: StateTree, root: number, { key }: { key: Uint8Array }, state: Write[]) {
  const { depth, bitmap, siblings, end, isOwn } = treePath(tree.nodes, root, hashOf(key));
  if (isOwn) return { depth, bitmap, siblings, terminal: { kind: 'own' as const } };
  if (end === EMPTY) return { depth, bitmap, siblings, terminal: { kind: 'empty' as const } };
  const other = state.find((write) => tree.nodes.hasKeyHash(end, hashOf(write.key), 0))!;
  const keyHash = crypto.sha256(other.key);
  const valueHash = crypto.sha256(other.value);
  return { depth, bitmap, siblings, terminal: { kind: 'other' as const, keyHash, valueHash } };
}

describe('the state tree', () => {
  it('hashes like the port, whatever the length', () => {
    for (let length = 0; length < 1200; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
      expect(toHex(sha256(bytes))).toBe(toHex(crypto.sha256(bytes)));
    }
  });

  it('has the roots and proofs of the naive tree at every retained height', () => {
    fc.assert(
      fc.property(blocks, fc.integer({ min: 1, max: 5 }), (history, retained) => {
        const tree = new StateTree(retained);
        const state = new Map<string, Write>();
        const states: Map<string, Write>[] = [];
        for (const [i, writes] of history.entries()) {
          const draft = tree.draft(batchOf(writes));
          for (const write of writes) state.set(toHex(write.key), write);
          tree.adopt(draft, i + 1);
          states.push(new Map(state));
        }
        for (const [i, expected] of states.entries()) {
          const version = tree.versionAt(i + 1);
          if (i + retained < states.length) {
            expect(version).toBeUndefined();
            continue;
          }
          const root = naive(expected);
          expect(toHex(version!.rootHash)).toBe(toHex(root));
          for (let n = 0; n <= 60; n++) {
            const asked = { key: Uint8Array.of(1, n) };
            const value = expected.get(toHex(asked.key))?.value ?? null;
            const proof = proofOf(tree, version!.root, asked, [...expected.values()]);
            expect(verifyState({ key: asked.key, value, proof }, root, crypto)).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has the keys of every batch that was adopted or loaded, and no others', () => {
    const loads = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(blocks, loads, (history, isLoaded) => {
        const tree = new StateTree(2);
        const written = new Set<number>();
        for (const [i, writes] of history.entries()) {
          const dropped = tree.draft(batchOf([{ key: Uint8Array.of(2), value: ZERO }]));
          dropped.discard();
          const draft = tree.draft(batchOf(writes));
          if (isLoaded[i]) tree.rebase(draft, i + 1);
          else tree.adopt(draft, i + 1);
          for (const { key } of writes) written.add(key[1]!);
        }
        for (let n = 0; n <= 60; n++) {
          expect(tree.has(hashOf(Uint8Array.of(1, n)))).toBe(written.has(n));
        }
        expect(tree.has(hashOf(Uint8Array.of(2)))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('gives every node back: of dropped drafts at once, of old versions in their time', () => {
    const tree = new StateTree(2);
    const writes = (seed: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        key: Uint8Array.of(i >> 8, i),
        value: Uint8Array.of(seed),
      }));
    tree.adopt(tree.draft(batchOf(writes(0, 500))), 1);
    const counts = () => [tree.nodes.inner.count, tree.nodes.leaves.count];
    const before = counts();
    tree.draft(batchOf(writes(1, 700))).discard();
    expect(counts()).toEqual(before);
    for (let height = 2; height < 20; height++) {
      tree.adopt(tree.draft(batchOf(writes(height, 500))), height);
    }
    expect(counts()).toEqual(before.map((count) => 2 * count));
  });

  it('keeps fewer versions where blocks write more than memory is kept for, but four', () => {
    const writes = (seed: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        key: Uint8Array.of(i >> 8, i),
        value: Uint8Array.of(seed),
      }));
    const versionsAfter = (retiredBytesMax: number, perBlock: number) => {
      const tree = new StateTree(64, retiredBytesMax);
      tree.adopt(tree.draft(batchOf(writes(0, 1000))), 1);
      for (let height = 2; height < 90; height++) {
        tree.adopt(tree.draft(batchOf(writes(height, perBlock))), height);
      }
      expect(tree.keyCount).toBe(1000);
      return tree.versions.length;
    };
    expect(versionsAfter(2 ** 30, 1000)).toBe(64);
    expect(versionsAfter(0, 1000)).toBe(4);
    expect(versionsAfter(0, 10)).toBeGreaterThan(4);
    // Each block replaces some 1,000 leaves and as many inner nodes, about 124 kB.
    const some = versionsAfter(1_300_000, 1000);
    expect(some).toBeGreaterThan(8);
    expect(some).toBeLessThan(14);
  });

  it('keeps a version that is held, and those behind it, until it is let go', () => {
    const tree = new StateTree(2);
    const adopt = (height: number) => {
      const write = { key: Uint8Array.of(1, height), value: Uint8Array.of(height) };
      tree.adopt(tree.draft(batchOf([write])), height);
    };
    const heights = () => tree.versions.map(({ height }) => height);
    for (let height = 1; height <= 5; height++) adopt(height);
    expect(heights()).toEqual([4, 5]);
    tree.hold(5);
    for (let height = 6; height <= 9; height++) adopt(height);
    expect(heights()).toEqual([5, 6, 7, 8, 9]);
    const walk = new LeafWalk(tree.nodes, tree.versions[0]!.root);
    let leaves = 0;
    while (walk.next() !== EMPTY) leaves++;
    expect(leaves).toBe(5);
    tree.hold(undefined);
    adopt(10);
    expect(heights()).toEqual([9, 10]);
  });

  it('walks its leaves in the order of their keys, from anywhere', () => {
    const tree = new StateTree(1);
    const writes = Array.from({ length: 300 }, (_, i) => ({
      key: Uint8Array.of(i >> 8, i),
      value: Uint8Array.of(1),
    }));
    tree.adopt(tree.draft(batchOf(writes)), 1);
    const sorted = writes.map((write) => toHex(crypto.sha256(write.key))).sort();
    const walked = (after: Int32Array | null) => {
      const walk = new LeafWalk(tree.nodes, tree.root, after);
      const keys: string[] = [];
      const words = new Int32Array(HASH_WORDS);
      for (let leaf = walk.next(); leaf !== EMPTY; leaf = walk.next()) {
        tree.nodes.copyKeyHash(leaf, words, 0);
        keys.push(toHex(new Uint8Array(words.buffer)));
      }
      return keys;
    };
    expect(walked(null)).toEqual(sorted);
    for (const n of [0, 1, 57, 298, 299, 4000]) {
      const after = hashOf(Uint8Array.of(n >> 8, n));
      const hex = toHex(new Uint8Array(after.buffer));
      expect(walked(after)).toEqual(sorted.filter((key) => key > hex));
    }
  });
});
