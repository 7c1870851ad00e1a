import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arena, CHUNK_SHIFT } from './arena.ts';
import { IntList } from './int-list.ts';
import {
  bitAt,
  EMPTY,
  Nodes,
  SIZE_UNKNOWN,
  SKIP_MAX,
  skipBehind,
  skipCount,
  skipFrom,
  skipSide,
} from './nodes.ts';

describe('a list of integers', () => {
  it('holds what is pushed, in order, and gives it back from the end', () => {
    const list = new IntList(1);
    for (let i = 0; i < 1000; i++) list.push(1 - i * 3);
    expect([...list.toArray()]).toEqual(Array.from({ length: 1000 }, (_, i) => 1 - i * 3));
    expect([list.pop(), list.pop(), list.length]).toEqual([-2996, -2993, 998]);
    list.clear();
    expect([...list.toArray()]).toEqual([]);
    expect(() => list.pop()).toThrow('empty');
  });
});

describe('an arena', () => {
  it('gives every record once, 0 never, and freed ones again', () => {
    const arena = new Arena(3);
    const given = Array.from({ length: 20_000 }, () => arena.allocate());
    expect(new Set(given).size).toBe(20_000);
    expect(given).not.toContain(0);
    expect([arena.count, arena.end]).toEqual([20_000, 20_001]);
    const bytes = arena.sizeBytes;
    arena.releaseAll(Int32Array.from(given.slice(0, 500)));
    arena.release(given[600]!);
    expect(arena.count).toBe(19_499);
    const again = Array.from({ length: 501 }, () => arena.allocate());
    expect([...again].sort((a, b) => a - b)).toEqual(
      [...given.slice(0, 500), given[600]!].sort((a, b) => a - b),
    );
    expect(arena.sizeBytes - bytes).toBeLessThan(8192);
  });

  it('grows by whole chunks that never move', () => {
    const arena = new Arena(2, 3);
    arena.allocate();
    const first = arena.columns.map(([chunk]) => chunk);
    for (let i = 0; i < 2 << CHUNK_SHIFT; i++) arena.allocate();
    expect(arena.columns.map((chunks) => chunks.length)).toEqual([3, 3]);
    expect(arena.columns.map(([chunk]) => chunk)).toEqual(first);
    expect(arena.columns.map(([chunk]) => chunk!.length >> CHUNK_SHIFT)).toEqual([2, 3]);
    expect(arena.sizeBytes).toBeGreaterThanOrEqual(3 * (20 << CHUNK_SHIFT));
  });
});

describe('the skip of a node', () => {
  const sides = fc.array(fc.constantFrom(0, 1), { maxLength: SKIP_MAX });

  it('holds the way at each of its levels, and is cut and continued at its beginning', () => {
    fc.assert(
      fc.property(sides, (ways) => {
        const skip = ways.reduceRight<number>((rest, side) => skipFrom(side, rest), 0);
        expect(skipCount(skip)).toBe(ways.length);
        expect(ways.map((_, level) => skipSide(skip, level))).toEqual(ways);
        for (let levels = 0; levels <= ways.length; levels++) {
          const behind = skipBehind(skip, levels);
          expect(skipCount(behind)).toBe(ways.length - levels);
          const rest = ways.slice(levels);
          expect(rest.map((_, level) => skipSide(behind, level))).toEqual(rest);
        }
      }),
    );
  });
});

describe('nodes', () => {
  it('keep children, hashes and skips of inner ones', () => {
    const nodes = new Nodes();
    const hash = Int32Array.from({ length: 8 }, (_, i) => i * 0x11111111);
    const some = Array.from({ length: 9000 }, (_, i) => nodes.newInner(i, -i - 1, i & 31));
    for (const [i, node] of some.entries()) {
      expect(node).toBeGreaterThan(0);
      if (i % 1000 !== 0) continue;
      nodes.setInnerHash(node, hash, 0);
      const copy = new Int32Array(9);
      nodes.copyHash(node, copy, 1);
      expect([...copy.slice(1)]).toEqual([...hash]);
      expect([nodes.left(node), nodes.right(node), nodes.skip(node)]).toEqual([i, -i - 1, i & 31]);
      nodes.setSkip(node, 77);
      expect(nodes.skip(node)).toBe(77);
    }
  });

  it('keep hash, hash of the key and place of leaves', () => {
    const nodes = new Nodes();
    const keys = Int32Array.from({ length: 16 }, (_, i) => i + 1);
    const hashes = keys.map((word) => -word);
    const leaf = nodes.newLeaf(keys, hashes, 8);
    expect(leaf).toBeLessThan(0);
    expect(nodes.hasKeyHash(leaf, keys, 8)).toBe(true);
    expect(nodes.hasKeyHash(leaf, keys, 0)).toBe(false);
    const copy = new Int32Array(16);
    nodes.copyKeyHash(leaf, copy, 0);
    nodes.copyHash(leaf, copy, 8);
    expect([...copy]).toEqual([...keys.slice(8), ...hashes.slice(8)]);
    expect(nodes.place(leaf)).toEqual({ position: 0, size: 0 });
    for (const position of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 12_345, 2 ** 48 - 1]) {
      for (const size of [0, 1, 0x7fff, 0x8000, 0xfffe, SIZE_UNKNOWN, 0x10000, 2 ** 20]) {
        nodes.setPlace(leaf, { position, size });
        expect(nodes.place(leaf)).toEqual({ position, size: Math.min(size, SIZE_UNKNOWN) });
      }
    }
    expect(() => nodes.setPlace(leaf, { position: 2 ** 48, size: 1 })).toThrow('longer');
  });

  it('know zeros for the hash of an empty subtree', () => {
    const copy = new Int32Array(8).fill(7);
    new Nodes().copyHash(EMPTY, copy, 0);
    expect([...copy]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('read the bits of a hash from the first bit of the first byte on', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (hash) => {
        const words = new Int32Array(hash.slice().buffer);
        const bits = Array.from({ length: 256 }, (_, depth) => bitAt(words, 0, depth));
        const expected = [...hash].flatMap((byte) => [...byte.toString(2).padStart(8, '0')]);
        expect(bits.join('')).toBe(expected.join(''));
      }),
      { numRuns: 20 },
    );
  });
});
