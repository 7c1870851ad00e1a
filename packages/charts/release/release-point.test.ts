import { concatBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeReleasePoint, type ReleasePoint, verifyReleasePoint } from './release-point.ts';
import { domain, hashToScalar, randomScalar, scalarOf, secondGenerator } from './scalar.ts';

const crypto = await loadCrypto();
const { multiply, multiplyBase, addScalars, multiplyScalars } = crypto.ristretto;
const random = seededRandom(1);
const secret = randomScalar(random, crypto);
const q = multiplyBase(secret)!;
const label = random.bytes(32);
const { point, k2 } = makeReleasePoint({ label, q }, random, crypto);

const PARTS = ['u', 'uBar', 'c', 'd'] as const;
const IDENTITY = new Uint8Array(32);

function holds(altered: Partial<ReleasePoint>, under = label): boolean {
  return verifyReleasePoint({ ...point, ...altered }, under, crypto);
}

describe('the release point of a unit', () => {
  it('locks k2 = r·Q, which R opens as R·u', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const source = seededRandom(seed);
        const r = randomScalar(source, crypto);
        const made = makeReleasePoint(
          { label: source.bytes(32), q: multiplyBase(r)! },
          source,
          crypto,
        );
        expect(multiply(r, made.point.u)).toEqual(made.k2);
      }),
      { numRuns: 50 },
    );
    expect(multiply(secret, point.u)).toEqual(k2);
  });

  it('proves that its maker knows r, for the label it was made for', () => {
    expect(holds({})).toBe(true);
  });

  it('is refused under any other label', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (bit) => {
        const other = label.slice();
        other[bit >> 3]! ^= 1 << (bit & 7);
        return !holds({}, other);
      }),
      { numRuns: 64 },
    );
  });

  it.each(PARTS)('is refused after any bit of %s was flipped', (part) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (bit) => {
        const altered = point[part].slice();
        altered[bit >> 3]! ^= 1 << (bit & 7);
        return !holds({ [part]: altered });
      }),
      { numRuns: 256 },
    );
  });

  it.each(PARTS)('is refused with the identity or zero in the place of %s', (part) => {
    expect(holds({ [part]: IDENTITY })).toBe(false);
  });

  it.each(PARTS)('is refused with bytes that are no point or scalar in the place of %s', (part) => {
    expect(holds({ [part]: new Uint8Array(32).fill(0xff) })).toBe(false);
    expect(holds({ [part]: new Uint8Array(31) })).toBe(false);
    expect(holds({ [part]: new Uint8Array(0) })).toBe(false);
  });

  it('is refused with its two points swapped, and with those of another unit', () => {
    const other = makeReleasePoint({ label, q }, random, crypto).point;
    expect(holds({ u: point.uBar, uBar: point.u })).toBe(false);
    for (const part of PARTS) expect(holds({ [part]: other[part] })).toBe(false);
    expect(holds({ u: other.u, uBar: other.uBar })).toBe(false);
    expect(holds({ c: other.c, d: other.d })).toBe(false);
  });

  it('is refused when u and ū have different logarithms', () => {
    const [r, s] = [randomScalar(random, crypto), randomScalar(random, crypto)];
    const u = multiplyBase(r)!;
    const uBar = multiply(randomScalar(random, crypto), secondGenerator(crypto))!;
    const [w, wBar] = [multiplyBase(s)!, multiply(s, secondGenerator(crypto))!];
    const message = concatBytes(label, u, w, uBar, wBar);
    const c = hashToScalar(message, domain('release-proof'), crypto);
    const d = addScalars(s, multiplyScalars(c, r));
    expect(verifyReleasePoint({ u, uBar, c, d }, label, crypto)).toBe(false);
  });

  it('is never made for a release key that is no point, or the identity', () => {
    for (const bad of [IDENTITY, new Uint8Array(32).fill(0xff), new Uint8Array(0), scalarOf(1)]) {
      const code = codeOf(() => makeReleasePoint({ label, q: bad }, random, crypto));
      expect(code).toBe('POINT_INVALID');
    }
  });
});
