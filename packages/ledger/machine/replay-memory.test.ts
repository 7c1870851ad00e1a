import { describe, expect, it } from 'vitest';
import { sha256 } from '../state-tree/sha256.ts';
import { minuteEnd, minuteOf, ReplayMemory } from './replay-memory.ts';

const id = (number: number) => sha256(Uint8Array.of(number));
const START = 6000;

describe('the memory of ids', () => {
  it('knows the ids of the block at hand at once, and forgets them when it is thrown away', () => {
    const memory = new ReplayMemory();
    const taken = { id: id(1), minute: minuteOf(START), index: 0 };
    memory.take(taken);
    expect(memory.has(id(1), START)).toBe(true);
    expect(memory.find(id(1))).toBeUndefined();
    memory.discard();
    expect(memory.has(id(1), START)).toBe(false);
    memory.take(taken);
    memory.commit(9);
    expect(memory.pending).toEqual([]);
    expect(memory.has(id(1), START)).toBe(true);
    expect(memory.find(id(1))).toEqual({ height: 9, index: 0 });
  });

  it('drops a minute when its last second has come', () => {
    const memory = new ReplayMemory();
    const minute = minuteOf(START);
    memory.remember({ id: id(1), minute, index: 4 }, 3);
    memory.drop(minuteEnd(minute) - 1);
    expect(memory.has(id(1), START)).toBe(true);
    memory.drop(minuteEnd(minute));
    expect(memory.has(id(1), START)).toBe(false);
    expect(memory.count).toBe(0);
  });

  it('uses the places of minutes again, without mixing them up', () => {
    const memory = new ReplayMemory();
    for (let n = 0; n < 40; n++) {
      const validUntil = START + 60 * n;
      memory.remember({ id: id(n), minute: minuteOf(validUntil), index: n }, n + 1);
      expect(memory.has(id(n), validUntil)).toBe(true);
      expect(memory.has(id(n), validUntil + 480)).toBe(false);
      if (n >= 8) expect(memory.has(id(n - 8), validUntil - 480)).toBe(false);
    }
    const late = { id: id(99), minute: minuteOf(START), index: 0 };
    expect(() => memory.remember(late, 50)).toThrow('past its time');
  });
});
