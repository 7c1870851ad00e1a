import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../state-tree/sha256.ts';
import { IdTable } from './id-table.ts';

const idOf = (number: number) => sha256(Uint8Array.of(number >> 16, number >> 8, number));

describe('the table of ids', () => {
  it('has what was added, with its place, and nothing else', () => {
    const table = new IdTable();
    for (let i = 0; i < 5000; i++) {
      expect(table.has(idOf(i))).toBe(false);
      table.add(idOf(i), i + 1, i * 3);
    }
    for (let i = 0; i < 5000; i++) {
      expect(table.get(idOf(i))).toEqual({ ordinal: i + 1, index: i * 3 });
      expect(table.get(idOf(5000 + i))).toBeUndefined();
    }
    expect(table.count).toBe(5000);
    table.clear();
    expect([table.count, table.has(idOf(1))]).toEqual([0, false]);
  });

  it('tells ids apart that begin alike, and takes none twice', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(255), { minLength: 1, maxLength: 60 }), (tails) => {
        const table = new IdTable();
        const ids = tails.map((tail) => new Uint8Array(32).fill(7).fill(tail, 15));
        for (const [i, id] of ids.entries()) table.add(id, 1, i);
        for (const [i, id] of ids.entries()) expect(table.get(id)?.index).toBe(i);
        expect(() => table.add(ids[0]!, 2, 0)).toThrow('twice');
      }),
    );
  });

  it('costs 32 to 64 bytes an id', () => {
    const table = new IdTable();
    let [least, most] = [1000, 0];
    for (let i = 0; i < 50_000; i++) {
      table.add(idOf(i), 1, 0);
      const cost = table.sizeBytes / table.count;
      if (i > 100) [least, most] = [Math.min(least, cost), Math.max(most, cost)];
    }
    expect([Math.floor(least), Math.ceil(most)]).toEqual([32, 64]);
  });
});
