import { EMPTY_HASH, innerHash, pathBit, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeafWalk } from './leaf-walk.ts';
import { EMPTY, HASH_WORDS } from './nodes.ts';
import { StateTree } from './state-tree.ts';
import { treePath } from './tree-path.ts';
import { WriteBatch } from './write-batch.ts';

// Hashes of keys that share as many first bits as somebody could ever grind, and more: the tree
// skips long stretches, cuts them, and skips again.

const crypto = await loadCrypto();

interface Leaf {
  readonly keyHash: Uint8Array;
  readonly hash: Uint8Array;
}

/** A hash that leaves the path of zeros at the given depths. */
function crafted(turns: readonly number[]): Uint8Array {
  const hash = new Uint8Array(32);
  for (const depth of turns) hash[depth >> 3]! ^= 0x80 >> (depth & 7);
  return hash;
}

const keyHash = fc.array(fc.nat(255), { maxLength: 3 }).map(crafted);
const batches = fc.array(
  fc.uniqueArray(keyHash, { minLength: 1, maxLength: 12, selector: (hash) => toHex(hash) }),
  { minLength: 1, maxLength: 6 },
);

function words(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.slice().buffer);
}

function apply(tree: StateTree, leaves: readonly Leaf[], height: number): void {
  const sorted = [...leaves].sort((a, b) => Buffer.compare(a.keyHash, b.keyHash));
  const batch = new WriteBatch(sorted.length);
  for (const [i, { keyHash, hash }] of sorted.entries()) {
    batch.putHashes(i, words(keyHash), words(hash));
  }
  tree.adopt(tree.draft(batch), height);
}

function naiveRoot(leaves: readonly Leaf[], depth = 0): Uint8Array {
  if (leaves.length === 0) return EMPTY_HASH;
  if (leaves.length === 1) return leaves[0]!.hash;
  const side = (bit: 0 | 1) => leaves.filter(({ keyHash }) => pathBit(keyHash, depth) === bit);
  return innerHash(naiveRoot(side(0), depth + 1), naiveRoot(side(1), depth + 1), crypto);
}

function naivePath(leaves: readonly Leaf[], asked: Uint8Array) {
  const bits: number[] = [];
  const siblings: string[] = [];
  let around = leaves;
  while (around.length > 1) {
    const depth = bits.length;
    const own = pathBit(asked, depth);
    const sibling = naiveRoot(
      around.filter(({ keyHash }) => pathBit(keyHash, depth) !== own),
      depth + 1,
    );
    const isEmpty = sibling.every((byte) => byte === 0);
    bits.push(isEmpty ? 0 : 1);
    if (!isEmpty) siblings.push(toHex(sibling));
    around = around.filter(({ keyHash }) => pathBit(keyHash, depth) === own);
  }
  return { bits, siblings, end: around[0] && toHex(around[0].keyHash) };
}

describe('a tree of keys that share long prefixes', () => {
  it('has the root and the paths of the definition after every batch', () => {
    fc.assert(
      fc.property(batches, fc.array(keyHash, { maxLength: 6 }), (history, absent) => {
        const tree = new StateTree(2);
        const state = new Map<string, Leaf>();
        for (const [height, hashes] of history.entries()) {
          const leaves = hashes.map((keyHash, i) => {
            const hash = crypto.sha256(Uint8Array.of(height, i, ...keyHash));
            return { keyHash, hash };
          });
          apply(tree, leaves, height);
          for (const leaf of leaves) state.set(toHex(leaf.keyHash), leaf);
          const all = [...state.values()];
          expect(toHex(tree.versions.at(-1)!.rootHash)).toBe(toHex(naiveRoot(all)));
          for (const asked of [...hashes, ...absent]) {
            const path = treePath(tree.nodes, tree.root, words(asked));
            const expected = naivePath(all, asked);
            expect(path.depth).toBe(expected.bits.length);
            const bits = expected.bits.map((_, depth) => pathBit(path.bitmap, depth));
            expect(bits).toEqual(expected.bits);
            expect(path.siblings.map(toHex)).toEqual(expected.siblings);
            expect(path.isOwn).toBe(state.has(toHex(asked)));
            expect(tree.find(tree.root, words(asked)) !== EMPTY).toBe(path.isOwn);
          }
        }
        expect(walk(tree)).toEqual([...state.keys()].sort());
        for (const asked of absent) {
          const behind = [...state.keys()].sort().filter((hex) => hex > toHex(asked));
          expect(walk(tree, words(asked))).toEqual(behind);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('gives back every node, also of skipped stretches that are cut and joined', () => {
    fc.assert(
      fc.property(batches, (history) => {
        const tree = new StateTree(1);
        const all = new Set<string>();
        for (const [height, hashes] of history.entries()) {
          const leaves = hashes.map((keyHash) => ({
            keyHash,
            hash: keyHash.map((b) => b ^ height),
          }));
          apply(tree, leaves, height);
          for (const hash of hashes) all.add(toHex(hash));
          expect(tree.nodes.leaves.count).toBe(all.size);
          expect(tree.nodes.inner.count).toBe(reachable(tree, tree.root));
        }
      }),
      { numRuns: 40 },
    );
  });
});

function reachable(tree: StateTree, node: number): number {
  if (node <= 0) return 0;
  const { nodes } = tree;
  return 1 + reachable(tree, nodes.left(node)) + reachable(tree, nodes.right(node));
}

function walk(tree: StateTree, after: Int32Array | null = null): string[] {
  const walked: string[] = [];
  const leaves = new LeafWalk(tree.nodes, tree.root, after);
  const found = new Int32Array(HASH_WORDS);
  for (let leaf = leaves.next(); leaf !== EMPTY; leaf = leaves.next()) {
    tree.nodes.copyKeyHash(leaf, found, 0);
    walked.push(toHex(new Uint8Array(found.buffer)));
  }
  return walked;
}
