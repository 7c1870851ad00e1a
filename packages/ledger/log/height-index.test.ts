import { describe, expect, it } from 'vitest';
import { HeightIndex } from './height-index.ts';

const positionOf = (height: number) => height * 100;

function filled(from: number, to: number): HeightIndex {
  const index = new HeightIndex();
  for (let height = from; height <= to; height++) index.add(height, positionOf(height));
  return index;
}

describe('the index of heights', () => {
  it('points at or before a block, at most 15 blocks early', () => {
    for (const first of [0, 1, 15, 16, 17, 31, 33]) {
      const index = filled(first, 200);
      expect([index.oldest, index.newest]).toEqual([first, 200]);
      expect([index.near(first - 1), index.near(201)]).toEqual([undefined, undefined]);
      for (let height = first; height <= 200; height++) {
        const early = height - index.near(height)! / 100;
        expect(early).toBeGreaterThanOrEqual(0);
        expect(early).toBeLessThan(16);
        expect(height - early).toBeGreaterThanOrEqual(first);
      }
    }
  });

  it('forgets blocks before a height', () => {
    for (let below = 1; below <= 100; below++) {
      const index = filled(1, 100);
      index.dropBefore(below, positionOf(below));
      expect(index.oldest).toBe(below);
      expect(index.near(below - 1)).toBeUndefined();
      for (let height = below; height <= 100; height++) {
        const near = index.near(height)! / 100;
        expect(near).toBeGreaterThanOrEqual(below);
        expect(height - near).toBeLessThan(16);
      }
      index.add(101, positionOf(101));
      expect(index.near(101)).toBeDefined();
    }
  });

  it('takes heights without a gap', () => {
    const index = filled(1, 3);
    expect(() => index.add(5, 500)).toThrow('missing');
    index.clear();
    expect([index.oldest, index.newest, index.near(1)]).toEqual([undefined, -1, undefined]);
  });
});
