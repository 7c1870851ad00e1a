import type { Random } from '@ward/protocol';

/** A `Random` that gives the same bytes for the same seed. Never for keys of real people. */
export interface SeededRandom extends Random {
  /** A whole number from 0 to `limit` − 1; `limit` at most 2^32. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/**
 * The generator sfc32 (Chris Doty-Humphrey's PractRand), fast and with a long enough period for
 * simulations.
 *
 * @example seededRandom(7).bytes(32)
 */
export function seededRandom(seed: number): SeededRandom {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  // Early outputs still show the seed.
  for (let i = 0; i < 16; i++) next();
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = next() >>> 24;
      return bytes;
    },
  };
}
