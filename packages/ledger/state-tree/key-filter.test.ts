import { describe, expect, it } from 'vitest';
import { KeyFilter } from './key-filter.ts';
import { HASH_WORDS } from './nodes.ts';

/** Hashes of so many keys, one behind the other, always the same. */
function hashesOf(count: number, seed: number): Int32Array {
  const hashes = new Int32Array(count * HASH_WORDS);
  let state = seed;
  for (let i = 0; i < hashes.length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    hashes[i] = state ^ (state >>> 13);
  }
  return hashes;
}

const KEYS = 400_000;
const ADDED = hashesOf(KEYS, 1);
const OTHERS = hashesOf(KEYS, 2);

function filled(): KeyFilter {
  const filter = new KeyFilter();
  for (let i = 0; i < KEYS; i++) filter.add(ADDED, i * HASH_WORDS);
  return filter;
}

function found(filter: KeyFilter, hashes: Int32Array): number {
  let count = 0;
  for (let i = 0; i < KEYS; i++) if (filter.mayHave(hashes, i * HASH_WORDS)) count++;
  return count;
}

describe('the filter of keys', () => {
  it('knows no key before one is added', () => {
    expect(found(new KeyFilter(), OTHERS)).toBe(0);
  });

  it('never misses a key that was added, however many there are', () => {
    expect(found(filled(), ADDED)).toBe(KEYS);
  });

  it('takes few keys for ones that were added and are not', () => {
    expect(found(filled(), OTHERS)).toBeLessThan(KEYS / 50);
  });

  it('looks at more than a part of the hash', () => {
    const filter = new KeyFilter();
    filter.add(ADDED, 0);
    const other = ADDED.slice(0, HASH_WORDS);
    for (const word of [1, 2]) {
      other[word]! ^= 0x4210;
      expect(filter.mayHave(other, 0)).toBe(false);
      other[word]! ^= 0x4210;
    }
    expect(filter.mayHave(other, 0)).toBe(true);
  });

  it('has some bytes for each key, and room for keys that come twice', () => {
    const filter = filled();
    const { sizeBytes } = filter;
    expect(sizeBytes / KEYS).toBeLessThan(8);
    for (let i = 0; i < KEYS; i++) filter.add(ADDED, i * HASH_WORDS);
    expect(filter.sizeBytes).toBe(sizeBytes);
  });
});
