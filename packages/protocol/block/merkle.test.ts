import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHex, toHex } from '../bytes.ts';
import {
  merkleInner,
  merkleLeaf,
  merklePath,
  merkleRoot,
  merkleRootFromPath,
  merkleRootFromSides,
  merkleRootOfHashes,
  merkleSides,
} from './merkle.ts';

const crypto = await loadCrypto();

/** Leaves and roots of the tree of 1 … 8 leaves that implementations of RFC 6962 agree on. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map(parseHex);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const someLeaves = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 40 });

describe('the root', () => {
  it.each(ROOTS.map((root, index) => [index + 1, root] as const))(
    'of the first %i leaves is the published one',
    (count, root) => {
      expect(toHex(merkleRoot(LEAVES.slice(0, count), crypto))).toBe(root);
    },
  );

  it('of no leaves is the hash of nothing', () => {
    expect(toHex(merkleRoot([], crypto))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('keeps leaves and inner nodes apart', () => {
    const [left, right] = [merkleLeaf(LEAVES[1]!, crypto), merkleLeaf(LEAVES[2]!, crypto)];
    const root = merkleRootOfHashes([left, right], crypto);
    const forged = merkleLeaf(new Uint8Array([...left, ...right]), crypto);
    expect(root).not.toEqual(forged);
  });

  it('changes with the order and number of leaves', () => {
    const roots = [LEAVES, LEAVES.toReversed(), LEAVES.slice(1), [...LEAVES, LEAVES[7]!]].map(
      (leaves) => toHex(merkleRoot(leaves, crypto)),
    );
    expect(new Set(roots).size).toBe(4);
  });
});

it('joins digests of 32 bytes only, whatever was joined before', () => {
  const [a, b] = [merkleLeaf(LEAVES[1]!, crypto), merkleLeaf(LEAVES[2]!, crypto)];
  const joined = merkleInner(a, b, crypto);
  merkleInner(b, a, crypto);
  expect(merkleInner(a, b, crypto)).toEqual(joined);
  expect(joined).toEqual(crypto.sha256(new Uint8Array([1, ...a, ...b])));
  expect(() => merkleInner(a.subarray(1), b, crypto)).toThrow('32 bytes');
  expect(() => merkleInner(a, new Uint8Array(33), crypto)).toThrow('32 bytes');
});

describe('a path', () => {
  it('leads from every leaf to the root', () => {
    fc.assert(
      fc.property(someLeaves, (leaves) => {
        const hashes = leaves.map((leaf) => merkleLeaf(leaf, crypto));
        const root = merkleRootOfHashes(hashes, crypto);
        for (const [index, leaf] of hashes.entries()) {
          const path = merklePath(hashes, index, crypto);
          const position = { index, count: leaves.length, path };
          expect(merkleRootFromPath(leaf, position, crypto)).toEqual(root);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('leads elsewhere for another leaf, place, count or sibling', () => {
    const hashes = LEAVES.map((leaf) => merkleLeaf(leaf, crypto));
    const root = toHex(merkleRootOfHashes(hashes, crypto));
    const path = merklePath(hashes, 2, crypto);
    const rootOf = (change: object, leaf = hashes[2]!) => {
      const found = merkleRootFromPath(leaf, { index: 2, count: 8, path, ...change }, crypto);
      return found && toHex(found);
    };
    expect(rootOf({})).toBe(root);
    expect(rootOf({}, hashes[3])).not.toBe(root);
    expect(rootOf({ index: 3 })).not.toBe(root);
    expect(rootOf({ path: [path[1], path[0], path[2]] })).not.toBe(root);
  });

  it('of another length than the place has is no path', () => {
    const hashes = LEAVES.slice(0, 5).map((leaf) => merkleLeaf(leaf, crypto));
    const leaf = hashes[4]!;
    const path = merklePath(hashes, 4, crypto);
    expect(path).toHaveLength(1);
    const rootOf = (change: object) =>
      merkleRootFromPath(leaf, { index: 4, count: 5, path, ...change }, crypto);
    expect(rootOf({})).toEqual(merkleRootOfHashes(hashes, crypto));
    expect(rootOf({ path: [] })).toBeUndefined();
    expect(rootOf({ path: [...path, leaf] })).toBeUndefined();
    expect(rootOf({ count: 8 })).toBeUndefined();
    expect(rootOf({ index: 5 })).toBeUndefined();
    expect(rootOf({ index: -1 })).toBeUndefined();
    expect(rootOf({ count: 0 })).toBeUndefined();
  });

  it('leads the same way by the sides of its siblings alone', () => {
    fc.assert(
      fc.property(someLeaves, (leaves) => {
        const hashes = leaves.map((leaf) => merkleLeaf(leaf, crypto));
        const root = merkleRootOfHashes(hashes, crypto);
        for (const [index, leaf] of hashes.entries()) {
          const path = merklePath(hashes, index, crypto);
          const sides = merkleSides(index, hashes.length);
          expect(merkleRootFromSides(leaf, { sides, path }, crypto)).toEqual(root);
          if (path.length === 0) continue;
          const other = merkleRootFromSides(leaf, { sides: sides ^ 1, path }, crypto)!;
          // Two equal leaves may stand side by side.
          const isTwin = toHex(path[0]!) === toHex(leaf);
          expect(toHex(other) === toHex(root)).toBe(isTwin);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('has sides for its own levels and no others', () => {
    expect([0, 1, 2, 3, 4].map((index) => merkleSides(index, 5))).toEqual([0, 1, 2, 3, 1]);
    expect(merkleSides(0, 1)).toBe(0);
    expect(merkleSides(0xfffffffe, 0xffffffff)).toBe(2 ** 31 - 1);
    const [leaf, sibling] = LEAVES.map((bytes) => merkleLeaf(bytes, crypto));
    const rootOf = (sides: number) =>
      merkleRootFromSides(leaf!, { sides, path: [sibling!] }, crypto);
    expect(rootOf(0)).toEqual(merkleInner(leaf!, sibling!, crypto));
    expect(rootOf(1)).toEqual(merkleInner(sibling!, leaf!, crypto));
    for (const sides of [2, 3, 2 ** 31, 2 ** 32]) expect(rootOf(sides)).toBeUndefined();
    expect(merkleRootFromSides(leaf!, { sides: 0, path: [] }, crypto)).toEqual(leaf);
    expect(merkleRootFromSides(leaf!, { sides: 1, path: [] }, crypto)).toBeUndefined();
  });

  it('is empty for a lone leaf', () => {
    const leaf = merkleLeaf(LEAVES[0]!, crypto);
    expect(merklePath([leaf], 0, crypto)).toEqual([]);
    expect(merkleRootFromPath(leaf, { index: 0, count: 1, path: [] }, crypto)).toEqual(leaf);
  });

  it('has at most 32 siblings, for the largest count that a proof can name', () => {
    const count = 0xffffffff;
    const path = Array.from({ length: 32 }, () => new Uint8Array(32));
    const leaf = new Uint8Array(32);
    expect(merkleRootFromPath(leaf, { index: 0, count, path }, crypto)).toBeDefined();
    expect(merkleRootFromPath(leaf, { index: 0, count, path: path.slice(1) }, crypto)).toBe(
      undefined,
    );
  });
});
