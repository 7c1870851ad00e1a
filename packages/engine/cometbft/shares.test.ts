import { describe, expect, it } from 'vitest';
import { Shares } from './shares.ts';

describe('shares', () => {
  it('leave half to others when one takes all it can, and always something to a new one', () => {
    const shares = new Shares(1024);
    const fill = (who: string) => {
      while (shares.hasRoom(who)) shares.take(who, 1);
      return shares.of(who);
    };
    expect([fill('a'), fill('b'), fill('c')]).toEqual([512, 256, 128]);
    expect(shares.hasRoom('d')).toBe(true);
    expect(shares.total).toBe(896);
  });

  it('are there again when they are given back', () => {
    const shares = new Shares(4);
    shares.take('a', 3);
    expect(shares.hasRoom('a')).toBe(false);
    shares.give('a', 2);
    expect(shares.of('a')).toBe(1);
    expect(shares.hasRoom('a')).toBe(true);
    shares.give('a', 1);
    expect([shares.of('a'), shares.total]).toEqual([0, 0]);
  });
});
