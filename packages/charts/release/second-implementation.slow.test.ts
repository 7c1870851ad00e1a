import type { Random } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import * as second from '@ward/testkit/second-release';
import { type SeededRandom, seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { combineShares } from './combining.ts';
import { deal, sharePublicKey } from './dealing.ts';
import { proveEquality, verifyEquality } from './dleq.ts';
import { makeReleasePoint, verifyReleasePoint } from './release-point.ts';
import { expandMessage, hashToScalar, secondGenerator } from './scalar.ts';

// The product's release arithmetic (libsodium) and the second implementation (noble, big integers)
// answer the same bytes, and each accepts what the other made.

const crypto = await loadCrypto();
const { multiply, multiplyBase, fromUniform } = crypto.ristretto;

/** A source that remembers what it gave, so that the other implementation can use the same. */
function recorded(source: Random): Random & { readonly drawn: Uint8Array[] } {
  const drawn: Uint8Array[] = [];
  return {
    drawn,
    bytes(length) {
      const bytes = source.bytes(length);
      drawn.push(bytes);
      return bytes;
    },
  };
}

function cases(count: number, seed: number, check: (random: SeededRandom) => void): void {
  const random = seededRandom(seed);
  for (let i = 0; i < count; i++) check(random);
}

describe('two implementations of the release arithmetic', () => {
  it('hash to the same points and scalars, in 4,000 cases', () => {
    cases(4000, 1, (random) => {
      const [message, dst] = [random.bytes(random.below(300)), random.bytes(1 + random.below(255))];
      const scalar = second.hashToScalar(message, dst);
      expect(hashToScalar(message, dst, crypto)).toEqual(second.scalarBytes(scalar));
      const uniform = expandMessage(message, dst, crypto);
      expect(fromUniform(uniform)).toEqual(second.hashToGroup(message, dst));
    });
    const base = second.hashToGroup(new Uint8Array(0), 'ward/release/v1');
    expect(secondGenerator(crypto)).toEqual(base);
  });

  it('seal the same release points and believe each other, in 3,000 cases', () => {
    cases(3000, 2, (random) => {
      const label = random.bytes(32);
      const q = multiplyBase(second.scalarBytes(second.wideScalar(random.bytes(64))))!;
      const source = recorded(random);
      const made = makeReleasePoint({ label, q }, source, crypto);
      const [r, s] = source.drawn.map(second.wideScalar) as [bigint, bigint];
      const again = second.sealPoint(label, q, { r, s });
      expect(again).toEqual(made);
      expect(second.checkPoint(label, made.point)).toBe(true);
      expect(verifyReleasePoint(again.point, label, crypto)).toBe(true);
      const part = random.pick(['u', 'uBar', 'c', 'd'] as const);
      const altered = made.point[part].slice();
      altered[random.below(32)]! ^= 1 << random.below(8);
      expect(verifyReleasePoint({ ...made.point, [part]: altered }, label, crypto)).toBe(false);
    });
  });

  it('prove equal logarithms alike and believe each other, in 1,000 cases', () => {
    cases(1000, 3, (random) => {
      const draw = () => second.wideScalar(random.bytes(64));
      const k = draw();
      const share = second.scalarBytes(k);
      const pointOf = () => multiplyBase(second.scalarBytes(draw()))!;
      const cs = Array.from({ length: 1 + random.below(3) }, pointOf);
      const ds = cs.map((each) => multiply(share, each)!);
      const statement = { b: multiplyBase(share)!, cs, ds, context: random.bytes(52) };
      const source = recorded(random);
      const proof = proveEquality(share, statement, source, crypto);
      const again = second.proveDleq(k, second.wideScalar(source.drawn[0]!), statement);
      expect(again).toEqual(proof);
      expect(second.verifyDleq(proof, statement)).toBe(true);
      expect(verifyEquality(again, statement, crypto)).toBe(true);
      const wrong = { ...statement, ds: [...ds.slice(1), pointOf()] };
      expect(second.verifyDleq(proof, wrong)).toBe(false);
      expect(verifyEquality(proof, wrong, crypto)).toBe(false);
    });
  });

  it('deal the same shares and combine the same key, in 1,000 cases', () => {
    cases(1000, 4, (random) => {
      const count = 1 + random.below(7);
      const threshold = 1 + random.below(count);
      const source = recorded(random);
      const { commitments, shares } = deal({ threshold, count }, source, crypto);
      const coefficients = source.drawn.map(second.wideScalar);
      for (const [i, share] of shares.entries()) {
        const value = second.evaluate(coefficients, BigInt(i + 1));
        expect(share).toEqual(second.scalarBytes(value));
      }
      const index = 1 + random.below(16);
      const key = sharePublicKey(commitments, index, crypto);
      expect(key).toEqual(second.publicShare(commitments, index));
      const u = multiplyBase(second.scalarBytes(second.wideScalar(random.bytes(64))))!;
      const answers = shares.map((share, i) => ({ index: i + 1, point: multiply(share, u)! }));
      const chosen = answers.sort(() => random.below(3) - 1).slice(0, threshold);
      const combined = combineShares(chosen, threshold, crypto);
      expect(combined).toEqual(second.interpolate(chosen));
      expect(combined).toEqual(multiply(second.scalarBytes(coefficients[0]!), u));
    });
  });
});
