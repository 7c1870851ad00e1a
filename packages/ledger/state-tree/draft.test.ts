import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { compareHashes } from './compare-hashes.ts';
import { TreeDraft } from './draft.ts';
import { EMPTY, HASH_WORDS, type NodeRef, Nodes } from './nodes.ts';
import { sha256Words } from './sha256.ts';
import { WriteBatch } from './write-batch.ts';

const crypto = await loadCrypto();

function batchOf(writes: ReadonlyMap<number, number>): WriteBatch {
  const keys = [...writes.keys()];
  const hashes = new Int32Array(keys.length * HASH_WORDS);
  for (const [i, n] of keys.entries()) sha256Words(keyOf(n), hashes, i * HASH_WORDS);
  const order = keys.map((_, i) => i * HASH_WORDS).sort((a, b) => compareHashes(hashes, a, b));
  const batch = new WriteBatch(keys.length);
  for (const [i, from] of order.entries()) {
    batch.put(i, hashes, from, Uint8Array.of(writes.get(keys[from / HASH_WORDS]!)!));
  }
  return batch;
}

const keyOf = (n: number) => Uint8Array.of(n >> 8, n);

function rootOf(nodes: Nodes, root: NodeRef): string {
  const words = new Int32Array(HASH_WORDS);
  nodes.copyHash(root, words, 0);
  return toHex(new Uint8Array(words.buffer));
}

function naiveRoot(state: ReadonlyMap<number, number>): string {
  const entries = [...state].map(([n, value]) => [keyOf(n), Uint8Array.of(value)] as const);
  return toHex(new NaiveStateTree(entries, crypto).root);
}

const range = (from: number, to: number, value: number) =>
  new Map(Array.from({ length: to - from }, (_, i) => [from + i, value]));

describe('a draft', () => {
  it('leaves what it was made of as it was', () => {
    const nodes = new Nodes();
    const base = new TreeDraft(nodes, EMPTY, batchOf(range(0, 300, 1)));
    const before = rootOf(nodes, base.root);
    const drafts = [range(100, 500, 2), range(0, 1, 3), range(299, 301, 4)].map((writes) => {
      return { writes, draft: new TreeDraft(nodes, base.root, batchOf(writes)) };
    });
    expect(rootOf(nodes, base.root)).toBe(before);
    for (const { writes, draft } of drafts) {
      const state = new Map([...range(0, 300, 1), ...writes]);
      expect(rootOf(nodes, draft.root)).toBe(naiveRoot(state));
    }
  });

  it('gives back exactly its own nodes when it is thrown away', () => {
    const nodes = new Nodes();
    const base = new TreeDraft(nodes, EMPTY, batchOf(range(0, 300, 1)));
    const counts = () => [nodes.inner.count, nodes.leaves.count];
    const before = counts();
    const kept = new TreeDraft(nodes, base.root, batchOf(range(50, 90, 5)));
    const between = counts();
    for (let i = 0; i < 5; i++) {
      new TreeDraft(nodes, base.root, batchOf(range(0, 100 * i, 7))).discard();
      expect(counts()).toEqual(between);
    }
    expect(rootOf(nodes, kept.root)).toBe(
      naiveRoot(new Map([...range(0, 300, 1), ...range(50, 90, 5)])),
    );
    kept.discard();
    expect(counts()).toEqual(before);
  });

  it('names what it replaces: as many nodes as it makes anew on the same ways', () => {
    const nodes = new Nodes();
    const base = new TreeDraft(nodes, EMPTY, batchOf(range(0, 256, 1)));
    const before = [nodes.inner.count, nodes.leaves.count];
    const draft = new TreeDraft(nodes, base.root, batchOf(range(10, 20, 2)));
    // No key is new, so no way is longer or shorter than it was.
    expect(draft.retiredLeaves.length).toBe(10);
    expect(draft.retiredInner.length).toBe(nodes.inner.count - before[0]!);
    expect(nodes.leaves.count - before[1]!).toBe(10);
    const retired = new Set(draft.retiredInner.toArray());
    expect(retired.size).toBe(draft.retiredInner.length);
  });

  it('of nothing is its base', () => {
    const nodes = new Nodes();
    expect(new TreeDraft(nodes, EMPTY, batchOf(new Map())).root).toBe(EMPTY);
    const base = new TreeDraft(nodes, EMPTY, batchOf(range(0, 9, 1)));
    const same = new TreeDraft(nodes, base.root, batchOf(new Map()));
    expect(same.root).toBe(base.root);
    expect([same.retiredInner.length, same.retiredLeaves.length]).toEqual([0, 0]);
  });

  it('of one key is its leaf, and of two the node where they part', () => {
    const nodes = new Nodes();
    const one = new TreeDraft(nodes, EMPTY, batchOf(range(0, 1, 1)));
    expect(one.root).toBeLessThan(0);
    expect(nodes.inner.count).toBe(0);
    const two = new TreeDraft(nodes, one.root, batchOf(range(1, 2, 1)));
    expect(nodes.inner.count).toBe(1);
    expect(rootOf(nodes, two.root)).toBe(naiveRoot(range(0, 2, 1)));
  });

  it('does not depend on how its writes were cut into batches', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 20; round++) {
      const nodes = new Nodes();
      const state = new Map<number, number>();
      let root: NodeRef = EMPTY;
      for (let part = 0; part < 6; part++) {
        const writes = new Map<number, number>();
        for (let i = random.below(60); i > 0; i--) writes.set(random.below(150), random.below(9));
        root = new TreeDraft(nodes, root, batchOf(writes)).root;
        for (const [n, value] of writes) state.set(n, value);
      }
      const whole = new TreeDraft(nodes, EMPTY, batchOf(state));
      expect(rootOf(nodes, root)).toBe(rootOf(nodes, whole.root));
      expect(rootOf(nodes, root)).toBe(naiveRoot(state));
    }
  });

  it('refuses writes that are not in order, or of one key twice: a bug of ours', () => {
    const sorted = batchOf(range(0, 3, 1));
    const mixed = new WriteBatch(3);
    for (const [i, from] of [1, 0, 2].entries()) {
      mixed.put(i, sorted.keyHashes, from * HASH_WORDS, Uint8Array.of(1));
    }
    expect(() => new TreeDraft(new Nodes(), EMPTY, mixed)).toThrow('not sorted');
    const doubled = new WriteBatch(2);
    for (const i of [0, 1]) doubled.put(i, sorted.keyHashes, 0, Uint8Array.of(i));
    expect(() => new TreeDraft(new Nodes(), EMPTY, doubled)).toThrow('not sorted');
  });
});
