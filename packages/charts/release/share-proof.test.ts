import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomScalar } from './scalar.ts';
import { answerWithShare, type ShareAnswer, verifyShareAnswer } from './share-proof.ts';

const crypto = await loadCrypto();
const { multiply, multiplyBase, addScalars, subtractScalars } = crypto.ristretto;
const random = seededRandom(1);
const share = randomScalar(random, crypto);
const publicKey = multiplyBase(share)!;
const entry = random.bytes(32);

const pointOf = () => multiplyBase(randomScalar(random, crypto))!;
const inputs = Array.from({ length: 4 }, pointOf);
const answer = answerWithShare({ share, inputs, entry }, random, crypto);

const IDENTITY = new Uint8Array(32);
const NO_POINT = new Uint8Array(32).fill(0xff);

function holds(
  altered: Partial<ShareAnswer>,
  statement: Partial<{ publicKey: Uint8Array; inputs: Uint8Array[]; entry: Uint8Array }> = {},
): boolean {
  const asked = { publicKey, inputs, entry, ...statement };
  return verifyShareAnswer({ ...answer, ...altered }, asked, crypto);
}

function withPoint(index: number, point: Uint8Array): Partial<ShareAnswer> {
  return { points: answer.points.map((each, i) => (i === index ? point : each)) };
}

describe('the answer of a custodian', () => {
  it('is f(i)·u for each point, with a proof that holds', () => {
    expect(answer.points).toEqual(inputs.map((input) => multiply(share, input)));
    expect(holds({})).toBe(true);
  });

  it('holds for every number of points, and another proof each time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (count, seed) => {
        const source = seededRandom(seed);
        const asked = Array.from(
          { length: count },
          () => multiplyBase(randomScalar(source, crypto))!,
        );
        const first = answerWithShare({ share, inputs: asked, entry }, source, crypto);
        const second = answerWithShare({ share, inputs: asked, entry }, source, crypto);
        expect(first.points).toEqual(second.points);
        expect(first.proof).not.toEqual(second.proof);
        expect(verifyShareAnswer(first, { publicKey, inputs: asked, entry }, crypto)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  it('is refused for another entry, another share, other points asked', () => {
    expect(holds({}, { entry: random.bytes(32) })).toBe(false);
    expect(holds({}, { publicKey: pointOf() })).toBe(false);
    expect(holds({}, { inputs: [...inputs.slice(1), pointOf()] })).toBe(false);
  });

  it('is refused when one of its points was made with another share', () => {
    for (let i = 0; i < inputs.length; i++) {
      const foreign = multiply(randomScalar(random, crypto), inputs[i]!)!;
      expect(holds(withPoint(i, foreign))).toBe(false);
    }
  });

  it('is refused when errors of two points cancel out in a plain sum', () => {
    const e = pointOf();
    const points = answer.points.slice();
    points[0] = crypto.ristretto.add(points[0]!, e);
    points[1] = crypto.ristretto.subtract(points[1]!, e);
    expect(holds({ points })).toBe(false);
  });

  it('is refused with points swapped, left out, doubled or added', () => {
    const [a, b, c, d] = answer.points as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    for (const points of [[b, a, c, d], [a, b, c], [a, b, c, d, d], [a, a, c, d], []]) {
      expect(holds({ points })).toBe(false);
    }
    expect(holds({ points: [] }, { inputs: [] })).toBe(false);
  });

  it('is refused with points and inputs swapped alike: the proof covers their order', () => {
    const reversed = [...answer.points].reverse();
    expect(holds({ points: reversed }, { inputs: [...inputs].reverse() })).toBe(false);
  });

  it.each(['c', 's'] as const)('is refused after any bit of %s was flipped', (part) => {
    for (let bit = 0; bit < 256; bit++) {
      const altered = answer.proof[part].slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(holds({ proof: { ...answer.proof, [part]: altered } })).toBe(false);
    }
  });

  it('is refused with a scalar in a second encoding, though the arithmetic would hold', () => {
    const s = answer.proof.s.slice();
    s[31]! |= 0x80;
    expect(multiplyBase(s)).toEqual(multiplyBase(answer.proof.s));
    expect(holds({ proof: { ...answer.proof, s } })).toBe(false);
  });

  it('is refused with the identity, or bytes that are no point, anywhere', () => {
    for (const bad of [IDENTITY, NO_POINT, new Uint8Array(31)]) {
      expect(holds(withPoint(1, bad))).toBe(false);
      expect(holds({}, { publicKey: bad })).toBe(false);
      expect(holds({}, { inputs: [bad, ...inputs.slice(1)] })).toBe(false);
      expect(holds({ proof: { c: bad, s: answer.proof.s } })).toBe(false);
      expect(holds({ proof: { c: answer.proof.c, s: bad } })).toBe(false);
    }
  });

  it('is refused when it was made for the negative of the share', () => {
    const negative = subtractScalars(IDENTITY, share);
    const made = answerWithShare({ share: negative, inputs, entry }, random, crypto);
    expect(holds(made)).toBe(false);
    expect(addScalars(negative, share)).toEqual(IDENTITY);
  });

  it('is never made for a point that is none, the identity, or for no points', () => {
    for (const bad of [IDENTITY, NO_POINT]) {
      const make = () => answerWithShare({ share, inputs: [bad], entry }, random, crypto);
      expect(codeOf(make)).toBe('SHARE_PROOF_INVALID');
    }
    const none = () => answerWithShare({ share, inputs: [], entry }, random, crypto);
    expect(codeOf(none)).toBe('SHARE_PROOF_INVALID');
  });
});
