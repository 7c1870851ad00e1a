import { concatBytes, leafHash, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_WORDS } from './nodes.ts';
import {
  digestWords,
  hashPair,
  leafWords,
  ledgerCrypto,
  PAIR_WORDS,
  pairWords,
  sha256,
  sha256Pairs,
  sha256Words,
} from './sha256.ts';

const crypto = await loadCrypto();
const hashOf = (words: Int32Array) => toHex(crypto.sha256(bytesOf(words)));

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.slice().buffer);
}

describe('pairs of hashes', () => {
  const pair = fc.int32Array({ minLength: PAIR_WORDS, maxLength: PAIR_WORDS });
  const ways = [sha256Pairs, crypto.sha256Pairs ?? sha256Pairs];

  it('are hashed one alone', () => {
    fc.assert(
      fc.property(pair, (words) => {
        pairWords.set(words);
        hashPair();
        expect(toHex(bytesOf(digestWords))).toBe(hashOf(words));
      }),
    );
  });

  it('are hashed many at once, each by itself, here and by native code', () => {
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 70 }), (pairs) => {
        const bytes = concatBytes(...pairs.map(bytesOf));
        for (const hashPairs of ways) {
          const digests = new Uint8Array(bytes.length / 2);
          hashPairs(bytes, digests);
          expect(toHex(digests)).toBe(pairs.map(hashOf).join(''));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('do not disturb each other: what was hashed before does not matter', () => {
    const zeros = toHex(crypto.sha256(new Uint8Array(64)));
    for (const hashPairs of ways) {
      hashPairs(new Uint8Array(4 * 64).fill(255), new Uint8Array(4 * 32));
      const digests = new Uint8Array(3 * 32).fill(7);
      hashPairs(new Uint8Array(64), digests.subarray(32, 64));
      expect(toHex(digests)).toBe('07'.repeat(32) + zeros + '07'.repeat(32));
    }
  });
});

describe('the hash of the ledger', () => {
  it('is that of the port at every length, where its buffer ends too', () => {
    const own = ledgerCrypto(crypto);
    for (const length of [0, 1, 55, 56, 63, 64, 65, 511, 512, 513, 1023, 1024, 1025, 5000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 31);
      const expected = toHex(crypto.sha256(bytes));
      expect(toHex(sha256(bytes))).toBe(expected);
      expect(toHex(own.sha256(bytes))).toBe(expected);
      const words = new Int32Array(HASH_WORDS + 2);
      sha256Words(bytes, words, 1);
      expect(toHex(bytesOf(words.subarray(1, 1 + HASH_WORDS)))).toBe(expected);
      expect([words[0], words[HASH_WORDS + 1]]).toEqual([0, 0]);
    }
  });

  it('gives bytes that the next hash does not change', () => {
    const first = sha256(Uint8Array.of(1));
    const text = toHex(first);
    sha256(Uint8Array.of(2));
    expect(toHex(first)).toBe(text);
    expect(first.buffer.byteLength).toBe(32);
  });

  it('changes nothing else of the port', () => {
    const { sha256: _own, ...others } = ledgerCrypto(crypto);
    const { sha256: _port, ...expected } = crypto;
    expect(others).toEqual(expected);
  });
});

describe('the hash of a leaf', () => {
  it('is the one that proofs are verified with, for values of every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.uint8Array(), (value, key) => {
        const words = new Int32Array(3 * HASH_WORDS);
        sha256Words(key, words, HASH_WORDS);
        leafWords(words, HASH_WORDS, value, words, 2 * HASH_WORDS);
        const expected = leafHash(crypto.sha256(key), crypto.sha256(value), crypto);
        expect(toHex(bytesOf(words.subarray(2 * HASH_WORDS)))).toBe(toHex(expected));
      }),
      { numRuns: 200 },
    );
  });
});
