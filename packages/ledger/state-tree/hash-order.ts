import { compareHashes, swapBytes } from './compare-hashes.ts';
import { HASH_WORDS } from './nodes.ts';

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
/** Fewer are compared one with another: counting digits costs as much as some hundred of them. */
const COUNTED_MIN = 256;

/** Numbers of `count` hashes, which stand one behind the other, in the order of their bytes. */
export function orderOfHashes(hashes: Int32Array, count: number): Int32Array {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const compare = (a: number, b: number) => compareHashes(hashes, a * HASH_WORDS, b * HASH_WORDS);
  if (count < COUNTED_MIN) return order.sort(compare);
  const firsts = new Uint32Array(count);
  for (let i = 0; i < count; i++) firsts[i] = swapBytes(hashes[i * HASH_WORDS]!);
  const sorted = sortByFirst(order, firsts);
  // Those whose first words are the same.
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && firsts[sorted[to]!] === firsts[sorted[from]!]) to++;
    if (to - from > 1) sorted.subarray(from, to).sort(compare);
    from = to;
  }
  return sorted;
}

/** Digit by digit, the lowest first (LSD radix sort): three passes over 32 bits. */
function sortByFirst(order: Int32Array, firsts: Uint32Array): Int32Array {
  const ends = new Int32Array(DIGITS);
  let source: Int32Array = order;
  let target: Int32Array = new Int32Array(order.length);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    ends.fill(0);
    for (let i = 0; i < source.length; i++) ends[(firsts[i]! >>> shift) & (DIGITS - 1)]!++;
    for (let digit = 1; digit < DIGITS; digit++) ends[digit]! += ends[digit - 1]!;
    for (let i = source.length - 1; i >= 0; i--) {
      const item = source[i]!;
      target[--ends[(firsts[item]! >>> shift) & (DIGITS - 1)]!] = item;
    }
    [source, target] = [target, source];
  }
  return source;
}
