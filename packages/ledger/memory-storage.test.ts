import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from './memory-storage.ts';

const MEBIBYTE = 1024 * 1024;

describe('storage in memory', () => {
  it('reads what was appended, at any place and over its segments', () => {
    const sizes = fc.array(fc.nat(MEBIBYTE), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sizes, fc.array(fc.tuple(fc.nat(), fc.nat())), (lengths, reads) => {
        const storage = new MemoryStorage();
        const all = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
        for (let i = 0; i < all.length; i += 97) all[i] = i;
        let at = 0;
        for (const length of lengths) {
          expect(storage.append(all.subarray(at, at + length))).toBe(at);
          at += length;
        }
        expect([storage.start, storage.size, storage.durableSize]).toEqual([0, at, at]);
        for (const [from, count] of reads) {
          const position = from % (at + 1);
          const length = count % (at - position + 1);
          const read = Buffer.from(storage.read(position, length));
          expect(read.equals(all.subarray(position, position + length))).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('forgets the end and the beginning, and keeps positions', () => {
    const storage = new MemoryStorage();
    for (let i = 0; i < 5; i++) storage.append(new Uint8Array(MEBIBYTE - 1).fill(i));
    storage.truncate(4 * (MEBIBYTE - 1) - 3);
    expect(storage.append(Uint8Array.of(9, 9))).toBe(4 * (MEBIBYTE - 1) - 3);
    storage.dropBefore(2 * (MEBIBYTE - 1));
    expect(storage.start).toBe(2 * (MEBIBYTE - 1));
    expect([...storage.read(storage.start, 2)]).toEqual([2, 2]);
    expect([...storage.read(storage.size - 3, 3)]).toEqual([3, 9, 9]);
    for (const [position, length] of [
      [0, 1],
      [storage.size, 1],
      [storage.start, -1],
    ] as const) {
      expect(() => storage.read(position, length)).toThrow('outside');
    }
    expect(() => storage.truncate(1)).toThrow('outside');
    expect(() => storage.dropBefore(storage.size + 1)).toThrow('outside');
  });
});
