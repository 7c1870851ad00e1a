import { toHex } from '@ward/protocol';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { LeafWalk } from './leaf-walk.ts';
import { EMPTY, HASH_WORDS } from './nodes.ts';
import { StateTree } from './state-tree.ts';
import { WriteBatch } from './write-batch.ts';

const random = seededRandom(5);

/** Hashes that may share long beginnings, as no honest keys would. */
function craftedHashes(count: number): Uint8Array[] {
  const hashes = new Map<string, Uint8Array>();
  const stems = Array.from({ length: 4 }, () => random.bytes(32));
  while (hashes.size < count) {
    const hash = random.pick(stems).slice();
    const from = random.below(256);
    hash[from >> 3]! ^= 0x80 >> (from & 7);
    hash.set(random.bytes(31 - (from >> 3)), (from >> 3) + 1);
    hashes.set(toHex(hash), hash);
  }
  return [...hashes.keys()].sort().map((hex) => hashes.get(hex)!);
}

function wordsOf(hash: Uint8Array): Int32Array {
  return new Int32Array(hash.slice().buffer);
}

function treeOf(hashes: readonly Uint8Array[]): StateTree {
  const tree = new StateTree(1);
  const batch = new WriteBatch(hashes.length);
  for (const [i, hash] of hashes.entries()) batch.putHashes(i, wordsOf(hash), wordsOf(hash));
  tree.adopt(tree.draft(batch), 1);
  return tree;
}

function walked(tree: StateTree, after: Uint8Array | null): string[] {
  const walk = new LeafWalk(tree.nodes, tree.root, after && wordsOf(after));
  const found: string[] = [];
  const words = new Int32Array(HASH_WORDS);
  for (let leaf = walk.next(); leaf !== EMPTY; leaf = walk.next()) {
    tree.nodes.copyKeyHash(leaf, words, 0);
    found.push(toHex(new Uint8Array(words.buffer)));
  }
  return found;
}

/** The next hash as a number, or the one before. */
function beside(hash: Uint8Array, step: 1 | -1): Uint8Array {
  const other = hash.slice();
  for (let i = 31; i >= 0; i--) {
    other[i] = (other[i]! + step) & 0xff;
    if (other[i] !== (step === 1 ? 0 : 0xff)) break;
  }
  return other;
}

describe('a walk over leaves', () => {
  it('meets each once, in the order of their hashes', () => {
    for (const count of [0, 1, 2, 3, 50, 400]) {
      const hashes = craftedHashes(count);
      expect(walked(treeOf(hashes), null)).toEqual(hashes.map(toHex));
    }
  });

  it('begins behind any hash: a leaf’s own, the ones beside it, and any other', () => {
    const hashes = craftedHashes(120);
    const tree = treeOf(hashes);
    const all = hashes.map(toHex);
    const places = hashes.flatMap((hash) => [hash, beside(hash, 1), beside(hash, -1)]);
    places.push(new Uint8Array(32), new Uint8Array(32).fill(0xff));
    for (let i = 0; i < 50; i++) places.push(random.bytes(32));
    for (const after of places) {
      const hex = toHex(after);
      expect(walked(tree, after)).toEqual(all.filter((one) => one > hex));
    }
  });

  it('goes on where another one ended, page by page, as a migration does', () => {
    const hashes = craftedHashes(100);
    const tree = treeOf(hashes);
    const pages: string[] = [];
    let after: Uint8Array | null = null;
    for (;;) {
      const page: string[] = walked(tree, after).slice(0, 7);
      if (page.length === 0) break;
      pages.push(...page);
      after = Uint8Array.from(Buffer.from(page.at(-1)!, 'hex'));
    }
    expect(pages).toEqual(hashes.map(toHex));
  });

  it('has ended for good when it has ended', () => {
    const tree = treeOf(craftedHashes(3));
    const walk = new LeafWalk(tree.nodes, tree.root);
    for (let i = 0; i < 3; i++) expect(walk.next()).not.toBe(EMPTY);
    for (let i = 0; i < 3; i++) expect(walk.next()).toBe(EMPTY);
  });
});
