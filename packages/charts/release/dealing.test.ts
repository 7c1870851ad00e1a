import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { GROUP_ORDER, littleEndian, publicShare, scalarFrom } from '@ward/testkit/second-release';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deal, sharePublicKey, verifyShare } from './dealing.ts';

const crypto = await loadCrypto();
const IDENTITY = new Uint8Array(32);
const NO_POINT = new Uint8Array(32).fill(0xff);

const dealings = fc
  .record({ seed: fc.nat(), count: fc.integer({ min: 1, max: 16 }), part: fc.nat() })
  .map(({ seed, count, part }) => {
    const threshold = 1 + (part % count);
    return { threshold, count, ...deal({ threshold, count }, seededRandom(seed), crypto) };
  });

function verdict(share: Uint8Array, index: number, commitments: readonly Uint8Array[]) {
  return codeOf(() => verifyShare({ share, index }, commitments, crypto));
}

describe('dealing a release key', () => {
  it('gives every custodian a share that fits the commitments, for every t and n', () => {
    fc.assert(
      fc.property(dealings, ({ commitments, shares, threshold, count }) => {
        expect([commitments.length, shares.length]).toEqual([threshold, count]);
        for (const [i, share] of shares.entries()) {
          expect(verdict(share, i + 1, commitments)).toBeUndefined();
        }
      }),
      { numRuns: 40 },
    );
  });

  it('publishes Q = R·G as the first commitment', () => {
    const { secret, commitments } = deal({ threshold: 3, count: 5 }, seededRandom(2), crypto);
    expect(commitments[0]).toEqual(crypto.ristretto.multiplyBase(secret));
  });

  it('shares nothing between two keys', () => {
    const random = seededRandom(3);
    const [a, b] = [0, 1].map(() => deal({ threshold: 3, count: 5 }, random, crypto));
    const all = [a!, b!].flatMap((each) => [each.secret, ...each.commitments, ...each.shares]);
    expect(new Set(all.map(toHex)).size).toBe(all.length);
  });

  it('takes no threshold above the count, below one, and no more shares than custodians', () => {
    for (const [threshold, count] of [
      [0, 5],
      [6, 5],
      [3, 17],
    ] as const) {
      expect(() => deal({ threshold, count }, seededRandom(4), crypto)).toThrow();
    }
  });
});

describe('a share, checked before it is receipted', () => {
  const { commitments, shares } = deal({ threshold: 3, count: 5 }, seededRandom(5), crypto);
  const share = shares[1]!;

  it('is refused under every other index', () => {
    for (const index of [1, 3, 4, 5, 16]) {
      expect(verdict(share, index, commitments)).toBe('SHARE_INVALID');
    }
  });

  it('is refused after any bit of it was flipped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (bit) => {
        const altered = share.slice();
        altered[bit >> 3]! ^= 1 << (bit & 7);
        expect(verdict(altered, 2, commitments)).toBe('SHARE_INVALID');
      }),
      { numRuns: 256 },
    );
  });

  it('is refused in a second encoding, which would spoil the answers made with it', () => {
    const highBit = share.slice();
    highBit[31]! |= 0x80;
    // libsodium ignores the bit when it multiplies the base: only the check of the form sees it.
    expect(crypto.ristretto.multiplyBase(highBit)).toEqual(crypto.ristretto.multiplyBase(share));
    expect(verdict(highBit, 2, commitments)).toBe('SHARE_INVALID');
    const above = littleEndian(scalarFrom(share) + GROUP_ORDER);
    expect(crypto.ristretto.multiplyBase(above)).toEqual(crypto.ristretto.multiplyBase(share));
    expect(verdict(above, 2, commitments)).toBe('SHARE_INVALID');
  });

  it('is refused when it is zero or of another dealing', () => {
    const other = deal({ threshold: 3, count: 5 }, seededRandom(6), crypto);
    expect(verdict(new Uint8Array(32), 2, commitments)).toBe('SHARE_INVALID');
    expect(verdict(other.shares[1]!, 2, commitments)).toBe('SHARE_INVALID');
  });

  it('is refused with commitments altered, swapped, cut or extended', () => {
    const [a, b, c] = commitments as [Uint8Array, Uint8Array, Uint8Array];
    for (const altered of [[b, a, c], [a, c, b], [a, b], [a, b, c, a], [a, b, b], [a]]) {
      expect(verdict(share, 2, altered)).toBe('SHARE_INVALID');
    }
  });

  it('is refused with a commitment that is no point', () => {
    const [a, b, c] = commitments as [Uint8Array, Uint8Array, Uint8Array];
    expect(verdict(share, 2, [a, b, NO_POINT])).toBe('SHARE_INVALID');
    expect(verdict(share, 2, [a, NO_POINT, c])).toBe('POINT_INVALID');
    expect(verdict(share, 2, [NO_POINT, b, c])).toBe('POINT_INVALID');
    expect(verdict(share, 1, [NO_POINT])).toBe('SHARE_INVALID');
  });

  it('is refused when the last commitment is the identity: fewer could open than it says', () => {
    const { commitments: two, shares: own } = deal(
      { threshold: 2, count: 5 },
      seededRandom(7),
      crypto,
    );
    expect(verdict(own[0]!, 1, two)).toBeUndefined();
    expect(verdict(own[0]!, 1, [...two, IDENTITY])).toBe('SHARE_INVALID');
  });
});

describe('the public key of a share', () => {
  it('is Σ iʲ·A_j, as a second implementation has it', () => {
    fc.assert(
      fc.property(dealings, fc.integer({ min: 1, max: 16 }), ({ commitments }, index) => {
        expect(sharePublicKey(commitments, index, crypto)).toEqual(publicShare(commitments, index));
      }),
      { numRuns: 25 },
    );
  });
});
