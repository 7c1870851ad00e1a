import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { Nonces } from './nonces.ts';

const START = 1_800_000_000;
const key = new Uint8Array(32).fill(1);

function taker(perMinuteMax = 100) {
  const nonces = new Nonces({ perMinuteMax, startedAt: START });
  return (n: number, time: number, now = time, by = key) =>
    codeOf(() => nonces.take({ key: by, nonce: new Uint8Array(16).fill(n), time }, now));
}

describe('nonces of signed requests', () => {
  it('count once, as long as their time is accepted', () => {
    const take = taker();
    expect(take(1, START)).toBeUndefined();
    expect(take(1, START)).toBe('REQUEST_REPLAYED');
    expect(take(1, START, START + 120)).toBe('REQUEST_REPLAYED');
    expect(take(2, START)).toBeUndefined();
  });

  it('are each signer’s own', () => {
    const take = taker();
    expect(take(1, START)).toBeUndefined();
    expect(take(1, START, START, new Uint8Array(32).fill(2))).toBeUndefined();
  });

  it('are refused where they were signed before the server started: it may have seen them', () => {
    const take = taker();
    expect(take(1, START - 1, START + 60)).toBe('REQUEST_TIME');
    expect(take(1, START - 1, START + 240)).toBe('REQUEST_TIME');
    expect(take(1, START, START + 60)).toBeUndefined();
  });

  it('may be of an earlier time when the clock of a sandbox went back', () => {
    const take = taker();
    expect(take(1, START - 86_400)).toBeUndefined();
    expect(take(1, START - 86_400)).toBe('REQUEST_REPLAYED');
  });

  it('stay within bounds: a full minute is busy, the next one is not', () => {
    const take = taker(2);
    expect(take(1, START)).toBeUndefined();
    expect(take(2, START)).toBeUndefined();
    expect(take(3, START)).toBe('SERVER_BUSY');
    expect(take(3, START + 60)).toBeUndefined();
    expect(take(1, START, START + 60)).toBe('REQUEST_REPLAYED');
  });
});
