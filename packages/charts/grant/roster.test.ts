import { toHex } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInRoster, makeRoster, paddingOf, Roster } from './roster.ts';

const random = seededRandom(1);
const leavesOf = (count: number) => Array.from({ length: count }, () => random.bytes(32));
const texts = (roster: Uint8Array) => Roster.decode(roster).leaves.map(toHex);

describe('a roster', () => {
  it('lists all leaves and no others, padded to a power of two, in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), (count) => {
        const leaves = leavesOf(count);
        const roster = makeRoster(leaves, random);
        expect(leaves.every((leaf) => isInRoster(roster, leaf))).toBe(true);
        expect(isInRoster(roster, random.bytes(32))).toBe(false);
        const found = texts(roster);
        expect(found).toEqual([...found].sort());
        expect([4, 8, 16, 32, 64, 128]).toContain(found.length);
        expect(found.length).toBeLessThan(Math.max(5, 2 * count));
      }),
      { numRuns: 40 },
    );
  });

  it('takes 10,000 grants', () => {
    const leaves = leavesOf(10_000);
    const roster = makeRoster(leaves, random);
    expect(isInRoster(roster, leaves[9_999]!)).toBe(true);
    expect(texts(roster)).toHaveLength(16_384);
  });

  it('refuses a leaf twice, and bytes that are no roster', () => {
    const [leaf] = leavesOf(1);
    expect(codeOf(() => makeRoster([leaf!, leaf!], random))).toBe('FORMAT_ORDER');
    expect(codeOf(() => isInRoster(Uint8Array.of(0x80), leaf!))).toBe('FORMAT_FIELDS');
  });
});

describe('the padding of a roster', () => {
  it('is all that no grant ever was, and stays from one roster to the next', () => {
    const made = leavesOf(5);
    const first = makeRoster(made, random);
    const padding = paddingOf(first, made);
    expect(padding).toHaveLength(3);
    const second = makeRoster(made, random, padding);
    expect(texts(second)).toEqual(texts(first));
  });

  it('shows a grant that is added and one that is revoked in the same way: one out, one in', () => {
    const made = leavesOf(6);
    const first = makeRoster(made.slice(0, 5), random);
    const change = (next: Uint8Array[]) => {
      const roster = texts(makeRoster(next, random, paddingOf(first, made)));
      const before = texts(first);
      const gone = before.filter((leaf) => !roster.includes(leaf)).length;
      return [gone, roster.filter((leaf) => !before.includes(leaf)).length];
    };
    expect(change(made)).toEqual([1, 1]);
    expect(change(made.slice(0, 4))).toEqual([4, 0]);
    expect(change(made.slice(1, 6))).toEqual([1, 1]);
  });
});
