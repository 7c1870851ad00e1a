import { HASH_WORDS } from './nodes.ts';

/** Order of two hashes by their bytes: < 0, 0 or > 0. */
export function compareHashes(hashes: Int32Array, a: number, b: number): number {
  for (let i = 0; i < HASH_WORDS; i++) {
    const left = hashes[a + i]!;
    const right = hashes[b + i]!;
    if (left !== right) return swapBytes(left) < swapBytes(right) ? -1 : 1;
  }
  return 0;
}

/** The word whose order as a number is the order of its bytes. */
export function swapBytes(word: number): number {
  const bytes = ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00);
  return (bytes | (word >>> 24)) >>> 0;
}
