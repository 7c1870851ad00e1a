import { concatBytes, encodeUtf8, parseHex, toHex, uint32Bytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { GROUP_ORDER, littleEndian } from '@ward/testkit/second-release';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expandMessage,
  hashToScalar,
  isScalar,
  randomScalar,
  scalarOf,
  secondGenerator,
} from './scalar.ts';

const crypto = await loadCrypto();

describe('hashing, against the published vectors of RFC 9497, appendix A.1', () => {
  const context = (mode: number) =>
    concatBytes(encodeUtf8('OPRFV1-'), Uint8Array.of(mode), encodeUtf8('-ristretto255-SHA512'));

  it.each([
    [0, '5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e'],
    [1, 'e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909'],
    [2, '145c79c108538421ac164ecbe131942136d5570b16d8bf41a24d4337da981e07'],
  ])('derives the key of mode %i as DeriveKeyPair does', (mode, expected) => {
    const info = encodeUtf8('test key');
    const length = uint32Bytes(info.length).slice(2);
    const message = concatBytes(new Uint8Array(32).fill(0xa3), length, info, Uint8Array.of(0));
    const dst = concatBytes(encodeUtf8('DeriveKeyPair'), context(mode));
    expect(toHex(hashToScalar(message, dst, crypto))).toBe(expected);
  });

  it.each([
    [0, '00', '609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c'],
    [0, '5a'.repeat(17), 'da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418'],
    [1, '00', '863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945'],
    [1, '5a'.repeat(17), 'cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c'],
    [2, '00', 'c8713aa89241d6989ac142f22dba30596db635c772cbf25021fdd8f3d461f715'],
  ])('blinds the element of mode %i and input %s as it is printed', (mode, input, expected) => {
    const dst = concatBytes(encodeUtf8('HashToGroup-'), context(mode));
    const { fromUniform, multiply } = crypto.ristretto;
    const point = fromUniform(expandMessage(parseHex(input), dst, crypto));
    const blind = parseHex('64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706');
    expect(toHex(multiply(blind, point)!)).toBe(expected);
  });

  it('refuses a domain that does not fit its length byte', () => {
    expect(() => expandMessage(new Uint8Array(0), new Uint8Array(256), crypto)).toThrow('domain');
  });
});

describe('scalars', () => {
  it('have one encoding: below the order of the group, and 32 bytes long', () => {
    expect(isScalar(littleEndian(0n), crypto)).toBe(true);
    expect(isScalar(littleEndian(GROUP_ORDER - 1n), crypto)).toBe(true);
    expect(isScalar(littleEndian(GROUP_ORDER), crypto)).toBe(false);
    expect(isScalar(littleEndian(GROUP_ORDER + 1n), crypto)).toBe(false);
    expect(isScalar(littleEndian(2n ** 255n + 1n), crypto)).toBe(false);
    expect(isScalar(new Uint8Array(31), crypto)).toBe(false);
    expect(isScalar(new Uint8Array(33), crypto)).toBe(false);
  });

  it('of every value below the order are recognised, and none above it', () => {
    const value = fc.bigInt(0n, 2n ** 256n - 1n);
    fc.assert(
      fc.property(value, (each) => isScalar(littleEndian(each), crypto) === each < GROUP_ORDER),
      { numRuns: 500 },
    );
  });

  it('of small numbers are little-endian', () => {
    expect(scalarOf(0)).toEqual(new Uint8Array(32));
    expect(scalarOf(1)).toEqual(littleEndian(1n));
    expect(scalarOf(0x01020304)).toEqual(littleEndian(0x01020304n));
    expect(scalarOf(Number.MAX_SAFE_INTEGER)).toEqual(littleEndian(2n ** 53n - 1n));
  });

  it('are drawn below the order, never zero, and each draw another', () => {
    const random = seededRandom(1);
    const drawn = Array.from({ length: 200 }, () => randomScalar(random, crypto));
    expect(drawn.every((scalar) => isScalar(scalar, crypto))).toBe(true);
    expect(new Set(drawn.map(toHex)).size).toBe(200);
  });

  it('are drawn again after a zero, and not for ever', () => {
    const draws = [new Uint8Array(64), new Uint8Array(64).fill(9)];
    const once = { bytes: () => draws.shift()! };
    expect(randomScalar(once, crypto)).not.toEqual(new Uint8Array(32));
    const broken = { bytes: (length: number) => new Uint8Array(length) };
    expect(() => randomScalar(broken, crypto)).toThrow('zeros');
  });
});

describe('the second generator', () => {
  it('is hash-to-group of nothing under the tag of the release key, and not the base', () => {
    const uniform = expandMessage(new Uint8Array(0), encodeUtf8('ward/release/v1'), crypto);
    const point = secondGenerator(crypto);
    expect(point).toEqual(crypto.ristretto.fromUniform(uniform));
    expect(point).not.toEqual(crypto.ristretto.multiplyBase(scalarOf(1)));
  });
});
