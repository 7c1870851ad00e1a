import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineShares } from './combining.ts';
import { deal } from './dealing.ts';
import { makeReleasePoint } from './release-point.ts';

const crypto = await loadCrypto();
const random = seededRandom(1);

/** All ways to choose `size` of the items. */
function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) =>
    subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

function lock(threshold: number, count: number, seed = 1) {
  const source = seededRandom(seed);
  const dealing = deal({ threshold, count }, source, crypto);
  const q = dealing.commitments[0]!;
  const { point, k2 } = makeReleasePoint({ label: source.bytes(32), q }, source, crypto);
  const answers = dealing.shares.map((share, i) => ({
    index: i + 1,
    point: crypto.ristretto.multiply(share, point.u)!,
  }));
  return { answers, k2, point };
}

describe('combining the answers of custodians', () => {
  it.each([
    [1, 1],
    [1, 3],
    [2, 3],
    [3, 5],
    [4, 7],
    [5, 5],
  ])('gives k2 from every %i of %i, in any order', (threshold, count) => {
    const { answers, k2 } = lock(threshold, count);
    for (const chosen of subsets(answers, threshold)) {
      expect(combineShares(chosen, threshold, crypto)).toEqual(k2);
      expect(combineShares([...chosen].reverse(), threshold, crypto)).toEqual(k2);
    }
  });

  it('gives k2 for random t and n, from any t answers, up to 16 custodians', () => {
    const sizes = fc.integer({ min: 1, max: 16 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        threshold: fc.integer({ min: 1, max: count }),
        seed: fc.nat(),
      }),
    );
    fc.assert(
      fc.property(sizes, ({ count, threshold, seed }) => {
        const { answers, k2 } = lock(threshold, count, seed);
        const source = seededRandom(seed + 1);
        const shuffled = [...answers].sort(() => source.below(3) - 1);
        expect(combineShares(shuffled.slice(0, threshold), threshold, crypto)).toEqual(k2);
      }),
      { numRuns: 20 },
    );
  });

  it('uses the first t of more answers', () => {
    const { answers, k2 } = lock(3, 5);
    expect(combineShares(answers, 3, crypto)).toEqual(k2);
  });

  it('refuses fewer than t answers, and none at all', () => {
    const { answers } = lock(3, 5);
    for (const few of [answers.slice(0, 2), answers.slice(0, 1), []]) {
      expect(codeOf(() => combineShares(few, 3, crypto))).toBe('SHARES_TOO_FEW');
    }
    expect(codeOf(() => combineShares([], 0, crypto))).toBe('SHARES_TOO_FEW');
  });

  it('tells nothing with t − 1 shares: the point that they give is another', () => {
    const { answers, k2 } = lock(3, 5);
    for (const few of subsets(answers, 2)) {
      expect(combineShares(few, 2, crypto)).not.toEqual(k2);
    }
  });

  it('gives another point when an answer has the wrong index or the wrong point', () => {
    const { answers, k2, point } = lock(3, 5);
    const [a, b, c, d] = answers as [(typeof answers)[0], ...typeof answers];
    expect(combineShares([a, b!, { ...c!, index: 4 }], 3, crypto)).not.toEqual(k2);
    expect(combineShares([a, b!, { ...c!, point: d!.point }], 3, crypto)).not.toEqual(k2);
    expect(combineShares([a, b!, { ...c!, point: point.u }], 3, crypto)).not.toEqual(k2);
  });

  it('refuses an index twice, the index zero, and what is no point', () => {
    const { answers } = lock(3, 5);
    const [a, b] = answers as [(typeof answers)[0], (typeof answers)[0]];
    const bad = [
      [a, b, b],
      [a, b, { ...b, index: 0 }],
      [a, b, { index: 3, point: new Uint8Array(32) }],
      [a, b, { index: 3, point: new Uint8Array(32).fill(0xff) }],
      [a, b, { index: 3, point: random.bytes(31) }],
    ];
    for (const answered of bad) {
      expect(codeOf(() => combineShares(answered, 3, crypto))).toBe('SHARE_INVALID');
    }
  });
});
