import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderOfHashes } from './hash-order.ts';
import { HASH_WORDS } from './nodes.ts';

/** The order that the bytes say. */
function naiveOrder(hashes: readonly Uint8Array[]): number[] {
  const order = hashes.map((_, i) => i);
  return order.sort((a, b) => Buffer.compare(hashes[a]!, hashes[b]!));
}

function orderOf(hashes: readonly Uint8Array[]): number[] {
  const words = new Int32Array(hashes.length * HASH_WORDS);
  const bytes = new Uint8Array(words.buffer);
  for (const [i, hash] of hashes.entries()) bytes.set(hash, i * 32);
  return [...orderOfHashes(words, hashes.length)];
}

/** Hashes of which many begin with the same bytes, no two of which are the same. */
const hashes = (count: number) =>
  fc
    .array(fc.tuple(fc.nat(3), fc.nat(255), fc.nat(255), fc.nat(255)), {
      minLength: count,
      maxLength: count,
    })
    .map((all) =>
      all.map(([shared, a, b, c], i) => {
        const hash = new Uint8Array(32);
        hash.set(shared === 0 ? [a, b, c, a ^ b] : [shared, 0, 0, 255 * (a & 1)]);
        hash.set([c, b, i >> 8, i], 20);
        return hash;
      }),
    );

describe('the order of hashes', () => {
  it('is that of their bytes, of few and of many', () => {
    for (const count of [0, 1, 2, 100, 255, 256, 1000]) {
      fc.assert(
        fc.property(hashes(count), (given) => {
          expect(orderOf(given)).toEqual(naiveOrder(given));
        }),
        { numRuns: 10 },
      );
    }
  });

  it('does not mind that all of them begin alike', () => {
    const alike = Array.from({ length: 700 }, (_, i) => {
      const hash = new Uint8Array(32).fill(7);
      hash[31] = i * 11;
      hash[30] = i >> 4;
      return hash;
    });
    expect(orderOf(alike)).toEqual(naiveOrder(alike));
  });

  it('looks at no more hashes than it is told of', () => {
    const words = new Int32Array(3 * HASH_WORDS).fill(5);
    words[0] = 9;
    words[HASH_WORDS] = 1;
    expect([...orderOfHashes(words, 2)]).toEqual([1, 0]);
  });
});
