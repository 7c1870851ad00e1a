import { describe, expect, it } from 'vitest';
import type { Connection } from './connection.ts';
import { Tokens } from './tokens.ts';
import { WORKER_LIMITS } from './worker-messages.ts';

const connection = {} as Connection;

describe('tokens', () => {
  it('are as many as a worker may have open, each for one owner', () => {
    const tokens = new Tokens();
    const given = new Set<number>();
    for (let frame = 0; frame < WORKER_LIMITS.tokensMax; frame++) {
      expect(tokens.hasRoom).toBe(true);
      given.add(tokens.give({ connection, frame }));
    }
    expect(given.size).toBe(WORKER_LIMITS.tokensMax);
    expect(tokens.hasRoom).toBe(false);
    expect(() => tokens.give({ connection, frame: 0 })).toThrow('may hand over');
  });

  it('lead back to their owner once, and are given again', () => {
    const tokens = new Tokens();
    const [first, second] = [7, 8].map((frame) => tokens.give({ connection, frame }));
    expect(tokens.takeBack(second!)).toEqual({ connection, frame: 8 });
    expect(tokens.takeBack(first!)).toEqual({ connection, frame: 7 });
    for (const token of [first!, second!, 12_345]) {
      expect(() => tokens.takeBack(token)).toThrow('was not given');
    }
    for (let i = 0; i < 3 * WORKER_LIMITS.tokensMax; i++) {
      const token = tokens.give({ connection, frame: i });
      expect(tokens.takeBack(token).frame).toBe(i);
    }
    expect(tokens.hasRoom).toBe(true);
  });
});
