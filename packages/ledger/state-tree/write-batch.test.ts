import { innerHash, leafHash, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareHashes } from './compare-hashes.ts';
import { HASH_WORDS } from './nodes.ts';
import { digestWords, hashPair, ledgerCrypto, pairWords, sha256, sha256Words } from './sha256.ts';
import { StateTree } from './state-tree.ts';
import { WriteBatch } from './write-batch.ts';

const crypto = await loadCrypto();
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const words = (bytes: Uint8Array) => new Int32Array(bytes.slice().buffer);
const hex = (found: Int32Array) => toHex(new Uint8Array(found.slice().buffer));

describe('hashing', () => {
  it('of a pair gives the inner hash', () => {
    fc.assert(
      fc.property(hash, hash, (left, right) => {
        pairWords.set(words(left));
        pairWords.set(words(right), HASH_WORDS);
        hashPair();
        expect(hex(digestWords)).toBe(toHex(innerHash(left, right, crypto)));
      }),
    );
  });

  it('gives digests of their own, whatever is hashed afterwards', () => {
    const first = sha256(Uint8Array.of(1));
    const before = toHex(first);
    sha256(Uint8Array.of(2));
    expect(toHex(first)).toBe(before);
    const target = new Int32Array(24);
    sha256Words(Uint8Array.of(1), target, 8);
    expect(hex(target.slice(8, 16))).toBe(before);
    expect([...target.slice(0, 8), ...target.slice(16)].every((word) => word === 0)).toBe(true);
  });

  it('with the ledger’s cryptography is the port’s, short or long', () => {
    const own = ledgerCrypto(crypto);
    for (const length of [0, 1, 511, 512, 513, 5000]) {
      const bytes = new Uint8Array(length).fill(length);
      expect(toHex(own.sha256(bytes))).toBe(toHex(crypto.sha256(bytes)));
    }
    expect(own.ed25519).toBe(crypto.ed25519);
  });
});

describe('a batch of writes', () => {
  it('has for each write the hash of its key and of its leaf', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hash, fc.uint8Array({ maxLength: 700 }))), (writes) => {
        const batch = new WriteBatch(writes.length);
        for (const [i, [keyHash, value]] of writes.entries()) {
          batch.put(i, words(keyHash), 0, value);
        }
        for (const [i, [keyHash, value]] of writes.entries()) {
          const at = i * HASH_WORDS;
          expect(hex(batch.keyHashes.slice(at, at + HASH_WORDS))).toBe(toHex(keyHash));
          const expected = leafHash(keyHash, crypto.sha256(value), crypto);
          expect(hex(batch.leafHashes.slice(at, at + HASH_WORDS))).toBe(toHex(expected));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('compares hashes as their bytes compare', () => {
    fc.assert(
      fc.property(hash, hash, fc.nat(31), (a, b, shared) => {
        const other = Uint8Array.from([...a.slice(0, shared), ...b.slice(shared)]);
        const both = new Int32Array(16);
        both.set(words(a));
        both.set(words(other), 8);
        expect(Math.sign(compareHashes(both, 0, 8))).toBe(Math.sign(Buffer.compare(a, other)));
        expect(compareHashes(both, 0, 0)).toBe(0);
      }),
    );
  });

  it('must be sorted and without doubles, else it is a bug of ours', () => {
    const tree = new StateTree(1);
    const batchOf = (...first: number[]) => {
      const batch = new WriteBatch(first.length);
      for (const [i, byte] of first.entries()) {
        const keyHash = words(new Uint8Array(32).fill(byte, 0, 1));
        batch.putHashes(i, keyHash, keyHash);
      }
      return batch;
    };
    expect(() => tree.draft(batchOf(1, 2, 200))).not.toThrow();
    for (const wrong of [
      [2, 1],
      [1, 1],
      [200, 100],
      [1, 3, 2],
    ]) {
      expect(() => tree.draft(batchOf(...wrong))).toThrow('not sorted');
    }
  });
});
