import { type Crypto, merklePath, merkleRootFromPath, merkleRootOfHashes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MerkleTree } from './merkle-tree.ts';

const crypto = await loadCrypto();

function leavesOf(kinds: readonly number[]): Uint8Array[] {
  const known = new Map<number, Uint8Array>();
  return kinds.map((kind) => {
    const leaf = known.get(kind) ?? crypto.sha256(Uint8Array.of(kind));
    known.set(kind, leaf);
    return leaf;
  });
}

describe('a Merkle tree that keeps its levels', () => {
  it('has the root and paths of RFC 6962, with leaves that repeat and leaves that do not', () => {
    const kinds = fc.oneof(
      fc.array(fc.nat(255), { maxLength: 70 }),
      fc.array(fc.nat(1), { maxLength: 70 }),
    );
    fc.assert(
      fc.property(kinds, (some) => {
        const leaves = leavesOf(some);
        const tree = new MerkleTree(leaves, crypto);
        expect(tree.root).toEqual(merkleRootOfHashes(leaves, crypto));
        expect(tree.count).toBe(leaves.length);
        leaves.forEach((leaf, index) => {
          const path = tree.path(index);
          expect(path).toEqual(merklePath(leaves, index, crypto));
          const position = { index, count: leaves.length, path };
          expect(merkleRootFromPath(leaf, position, crypto)).toEqual(tree.root);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('hashes a node that repeats once', () => {
    let hashes = 0;
    const counting: Crypto = {
      ...crypto,
      sha256: (bytes) => {
        hashes++;
        return crypto.sha256(bytes);
      },
    };
    const leaf = crypto.sha256(Uint8Array.of(1));
    new MerkleTree(
      Array.from({ length: 1024 }, () => leaf),
      counting,
    );
    expect(hashes).toBe(10);
  });
});
