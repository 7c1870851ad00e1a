import { concatBytes, toHex } from '@ward/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentBytes } from './recent-bytes.ts';

type Step =
  | { readonly kind: 'append'; readonly bytes: Uint8Array }
  | { readonly kind: 'forget'; readonly part: number }
  | { readonly kind: 'reset'; readonly position: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 70 }).map(appended) },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map(forgotten) },
  { weight: 1, arbitrary: fc.nat(200).map((position) => ({ kind: 'reset' as const, position })) },
);

function appended(bytes: Uint8Array): Step {
  return { kind: 'append', bytes };
}

function forgotten(part: number): Step {
  return { kind: 'forget', part };
}

/** The same with one long array. */
class NaiveBytes {
  start: number;
  bytes: Uint8Array = new Uint8Array(0);

  constructor(position: number) {
    this.start = position;
  }

  get end(): number {
    return this.start + this.bytes.length;
  }

  take(from: number, to: number): string {
    return toHex(this.bytes.subarray(from - this.start, to - this.start));
  }
}

describe('the newest bytes', () => {
  it('can be read from anywhere to anywhere, however they came', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.array(step, { maxLength: 30 }), (position, steps) => {
        const recent = new RecentBytes(position, 16);
        let naive = new NaiveBytes(position);
        for (const one of steps) {
          if (one.kind === 'append') {
            recent.append(one.bytes);
            naive.bytes = concatBytes(naive.bytes, one.bytes);
          } else if (one.kind === 'reset') {
            recent.reset(one.position);
            naive = new NaiveBytes(one.position);
          } else {
            const at = naive.start + Math.floor((naive.end - naive.start) * one.part);
            const before = recent.start;
            recent.forgetBefore(at);
            // Whole chunks only: less than asked may be forgotten, never more.
            expect(recent.start).toBeLessThanOrEqual(Math.max(at, before));
            expect(recent.start).toBeGreaterThan(at - 16);
          }
          expect(recent.end).toBe(naive.end);
          const { start, end } = recent;
          for (const from of [start, Math.floor((start + end) / 2), end]) {
            expect(toHex(concatBytes(...recent.views(from, end)))).toBe(naive.take(from, end));
          }
        }
      }),
    );
  });

  it('are handed out as views of chunks, none of which crosses an edge', () => {
    const recent = new RecentBytes(10, 16);
    recent.append(Uint8Array.from({ length: 40 }, (_, i) => i));
    const views = recent.views(12, 50);
    expect(views.map(({ length }) => length)).toEqual([4, 16, 16, 2]);
    expect(views[0]![0]).toBe(2);
    expect(recent.views(20, 20)).toEqual([]);
  });

  it('stay as they were in views that were handed out, whatever comes behind them', () => {
    const recent = new RecentBytes(0, 16);
    recent.append(Uint8Array.of(1, 2, 3));
    const [view] = recent.views(0, 3);
    recent.append(new Uint8Array(100).fill(9));
    recent.forgetBefore(90);
    recent.reset(0);
    recent.append(new Uint8Array(3));
    expect(view).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('are copies: what was appended may be changed afterwards', () => {
    const recent = new RecentBytes(0, 16);
    const bytes = Uint8Array.of(1, 2, 3);
    recent.append(bytes);
    bytes.fill(0);
    expect(concatBytes(...recent.views(0, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });
});
