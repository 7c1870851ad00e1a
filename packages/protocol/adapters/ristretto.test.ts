import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, parseHex, toHex } from '../bytes.ts';
import type { Ristretto } from '../crypto.ts';
import { loadCrypto } from './node.ts';

const { Point } = ristretto255;
const ORDER = Point.Fn.ORDER;
const random = seededRandom(3);
let group: Ristretto;

beforeAll(async () => {
  group = (await loadCrypto()).ristretto;
});

const big = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes.slice().reverse())}`);
const scalarOf = (value: bigint) =>
  parseHex(value.toString(16).padStart(64, '0')).reverse() as Uint8Array<ArrayBuffer>;
const anyScalar = () => group.reduceScalar(random.bytes(64));
const anyPoint = () => group.fromUniform(random.bytes(64));
const theirs = (point: Uint8Array) => Point.fromBytes(point);

describe('points', () => {
  it('are the multiples of the generator that RFC 9496 lists', () => {
    expect(toHex(group.multiplyBase(scalarOf(1n))!)).toBe(
      'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76',
    );
    expect(toHex(group.multiplyBase(scalarOf(2n))!)).toBe(
      '6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919',
    );
    expect(toHex(group.multiplyBase(scalarOf(15n))!)).toBe(
      'e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e',
    );
  });

  it('hash to the group as RFC 9496 lists it', () => {
    const uniform = group.sha512(
      new TextEncoder().encode('Ristretto is traditionally a short shot of espresso coffee'),
    );
    expect(toHex(group.fromUniform(uniform))).toBe(
      '3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46',
    );
  });

  it('add, subtract and multiply as in a second implementation', () => {
    for (let i = 0; i < 40; i++) {
      const [p, q, s] = [anyPoint(), anyPoint(), anyScalar()];
      expect(toHex(group.add(p, q))).toBe(theirs(p).add(theirs(q)).toHex());
      expect(toHex(group.subtract(p, q))).toBe(theirs(p).subtract(theirs(q)).toHex());
      expect(toHex(group.multiply(s, p)!)).toBe(theirs(p).multiply(big(s)).toHex());
      expect(toHex(group.multiplyBase(s)!)).toBe(Point.BASE.multiply(big(s)).toHex());
    }
  });

  it('come from uniform bytes as in a second implementation', () => {
    for (let i = 0; i < 40; i++) {
      const uniform = random.bytes(64);
      const point = ristretto255_hasher.deriveToCurve!(uniform);
      expect(toHex(group.fromUniform(uniform))).toBe(point.toHex());
    }
  });

  it('are recognised: no other encoding, length or value', () => {
    for (let i = 0; i < 300; i++) {
      const bytes = random.bytes(32);
      let isTheirs = true;
      try {
        theirs(bytes);
      } catch {
        isTheirs = false;
      }
      expect(group.isPoint(bytes)).toBe(isTheirs);
    }
    expect(group.isPoint(new Uint8Array(32))).toBe(true);
    const point = anyPoint();
    expect(group.isPoint(point)).toBe(true);
    expect(group.isPoint(point.slice(1))).toBe(false);
    expect(group.isPoint(concatBytes(point, Uint8Array.of(0)))).toBe(false);
    expect(group.isPoint(new Uint8Array(0))).toBe(false);
  });

  it('answer nothing where a product is the identity or no point', () => {
    const zero = new Uint8Array(32);
    expect(group.multiplyBase(zero)).toBeUndefined();
    expect(group.multiply(zero, anyPoint())).toBeUndefined();
    expect(group.multiply(anyScalar(), zero)).toBeUndefined();
    expect(group.multiply(anyScalar(), new Uint8Array(32).fill(0xff))).toBeUndefined();
    expect(group.multiplyBase(scalarOf(ORDER))).toBeUndefined();
  });

  it('may be the identity as a sum', () => {
    const point = anyPoint();
    expect(toHex(group.subtract(point, point))).toBe('00'.repeat(32));
    expect(group.add(point, new Uint8Array(32))).toEqual(point);
  });
});

describe('scalars', () => {
  it('add, subtract, multiply and invert modulo the order', () => {
    const modulo = (value: bigint) => ((value % ORDER) + ORDER) % ORDER;
    for (let i = 0; i < 60; i++) {
      const [a, b] = [anyScalar(), anyScalar()];
      expect(big(group.addScalars(a, b))).toBe(modulo(big(a) + big(b)));
      expect(big(group.subtractScalars(a, b))).toBe(modulo(big(a) - big(b)));
      expect(big(group.multiplyScalars(a, b))).toBe(modulo(big(a) * big(b)));
      expect(big(group.multiplyScalars(a, group.invertScalar(a)))).toBe(1n);
      const wide = random.bytes(64);
      expect(big(group.reduceScalar(wide))).toBe(big(wide) % ORDER);
    }
  });

  it('have no inverse when they are zero', () => {
    expect(codeOf(() => group.invertScalar(new Uint8Array(32)))).toBe('POINT_INVALID');
  });
});

describe('bytes of another length', () => {
  it.each([0, 1, 31, 33, 63])('are refused by every function: %i', (length) => {
    const odd = new Uint8Array(length).fill(1);
    const [p, s] = [anyPoint(), anyScalar()];
    expect(group.multiplyBase(odd)).toBeUndefined();
    expect(group.multiply(odd, p)).toBeUndefined();
    expect(group.multiply(s, odd)).toBeUndefined();
    const works = [
      () => group.add(odd, p),
      () => group.add(p, odd),
      () => group.subtract(odd, p),
      () => group.subtract(p, odd),
      () => group.addScalars(odd, s),
      () => group.addScalars(s, odd),
      () => group.subtractScalars(odd, s),
      () => group.subtractScalars(s, odd),
      () => group.multiplyScalars(odd, s),
      () => group.multiplyScalars(s, odd),
      () => group.invertScalar(odd),
      () => group.reduceScalar(odd),
      () => group.fromUniform(odd),
    ];
    for (const work of works) expect(codeOf(work)).toBe('POINT_INVALID');
  });

  it('are refused where 64 are wanted and 32 are given, which the binding would take', () => {
    expect(codeOf(() => group.fromUniform(new Uint8Array(32)))).toBe('POINT_INVALID');
    expect(codeOf(() => group.reduceScalar(new Uint8Array(32)))).toBe('POINT_INVALID');
  });

  it('that are no points are refused by sums', () => {
    const none = new Uint8Array(32).fill(0xff);
    expect(codeOf(() => group.add(none, anyPoint()))).toBe('POINT_INVALID');
    expect(codeOf(() => group.subtract(anyPoint(), none))).toBe('POINT_INVALID');
  });
});
