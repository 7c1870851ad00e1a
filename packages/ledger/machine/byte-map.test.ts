import { describe, expect, it } from 'vitest';
import { ByteMap } from './byte-map.ts';

const key = (number: number) => Uint8Array.of(number >> 8, number);

describe('a map from bytes', () => {
  it('has the last value of each key', () => {
    const map = new ByteMap<number>(64);
    for (let i = 0; i < 64; i++) map.set(key(i), i);
    for (let i = 0; i < 64; i += 2) map.set(key(i), -i);
    for (let i = 0; i < 64; i++) expect(map.get(key(i))).toBe(i % 2 === 0 ? -i : i);
    expect(map.get(key(64))).toBeUndefined();
    expect(map.get(new Uint8Array(0))).toBeUndefined();
  });

  it('is emptied when it is full, so that it never grows', () => {
    const map = new ByteMap<number>(4);
    for (let i = 0; i < 5; i++) map.set(key(i), i);
    expect([map.get(key(0)), map.get(key(4))]).toEqual([undefined, 4]);
    map.clear();
    expect(map.get(key(4))).toBeUndefined();
  });

  it('keeps a copy of the key', () => {
    const map = new ByteMap<number>(4);
    const changing = key(7);
    map.set(changing, 1);
    changing.fill(0);
    expect(map.get(key(7))).toBe(1);
  });
});
