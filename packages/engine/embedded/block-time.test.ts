import type { BlockTime } from '@ward/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextBlockTime } from './block-time.ts';

const ms = ({ seconds, nanos }: BlockTime) => seconds * 1000 + nanos / 1e6;

describe('the time of a block', () => {
  it('is the clock’s, to the millisecond', () => {
    const time = nextBlockTime({ seconds: 0, nanos: 0 }, 1_700_000_000_123.9);
    expect(time).toEqual({ seconds: 1_700_000_000, nanos: 123_000_000 });
  });

  it('goes on by a millisecond while the clock stands or is behind', () => {
    const last = { seconds: 100, nanos: 999_000_000 };
    for (const clockMs of [100_999, 100_998, 0, -5]) {
      expect(nextBlockTime(last, clockMs)).toEqual({ seconds: 101, nanos: 0 });
    }
    expect(nextBlockTime(last, 101_000)).toEqual({ seconds: 101, nanos: 0 });
  });

  it('increases strictly whatever the clock does, and never runs ahead of it by itself', () => {
    const clock = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(clock, fc.nat(999_999_999), (readings, nanos) => {
        let last: BlockTime = { seconds: 1, nanos };
        for (const reading of readings) {
          const time = nextBlockTime(last, reading);
          expect(ms(time)).toBeGreaterThan(ms(last));
          expect(ms(time)).toBeLessThanOrEqual(Math.max(reading, ms(last) + 1));
          expect(Number.isInteger(time.nanos) && time.nanos < 1e9).toBe(true);
          last = time;
        }
      }),
    );
  });
});
