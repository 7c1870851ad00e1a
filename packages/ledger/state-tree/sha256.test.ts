import { leafHash, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_WORDS } from './nodes.ts';
import {
  digestWords,
  hashPairs,
  LANES,
  leafWords,
  ledgerCrypto,
  PAIR_WORDS,
  pairWords,
  sha256,
  sha256Words,
} from './sha256.ts';

const crypto = await loadCrypto();
const hashPair = (words: Int32Array) => toHex(crypto.sha256(bytesOf(words)));

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.slice().buffer);
}

describe('pairs of hashes', () => {
  it('are hashed as many at once as there are lanes, each by itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.int32Array({ minLength: PAIR_WORDS, maxLength: PAIR_WORDS }), {
          minLength: 1,
          maxLength: LANES,
        }),
        (pairs) => {
          for (const [lane, pair] of pairs.entries()) pairWords.set(pair, lane * PAIR_WORDS);
          hashPairs(pairs.length);
          const hashes = pairs.map((_, lane) =>
            toHex(bytesOf(digestWords.subarray(lane * HASH_WORDS, (lane + 1) * HASH_WORDS))),
          );
          expect(hashes).toEqual(pairs.map(hashPair));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('do not disturb each other: what stood in a lane before does not matter', () => {
    pairWords.fill(-1);
    hashPairs(LANES);
    pairWords.fill(0, 0, PAIR_WORDS);
    hashPairs(1);
    const zeros = crypto.sha256(new Uint8Array(64));
    expect(toHex(bytesOf(digestWords.subarray(0, HASH_WORDS)))).toBe(toHex(zeros));
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
        leafWords(words, HASH_WORDS, [value], words, 2 * HASH_WORDS);
        const expected = leafHash(crypto.sha256(key), crypto.sha256(value), crypto);
        expect(toHex(bytesOf(words.subarray(2 * HASH_WORDS)))).toBe(toHex(expected));
      }),
      { numRuns: 200 },
    );
  });
});
