import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { decode as cborgDecode, encode as cborgEncode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes, parseHex, toHex } from '../bytes.ts';
import { type CborValue, decodeCbor, encodeCbor, writeCbor } from './cbor.ts';
import { CBOR_LIMITS } from './limits.ts';
import { CborWriter } from './writer.ts';

const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 8 },
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 6 }),
    fc
      .array(fc.tuple(fc.maxSafeInteger(), tie('value')), { maxLength: 6 })
      .map((pairs) => new Map(pairs)),
  ),
}));

/** Examples of RFC 8949, appendix A, that Ward's values can hold. */
const EXAMPLES: readonly (readonly [hex: string, value: CborValue])[] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1000000],
  ['1b000000e8d4a51000', 1000000000000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '𐅑'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  [
    '98190102030405060708090a0b0c0d0e0f101112131415161718181819',
    Array.from({ length: 25 }, (_, i) => i + 1),
  ],
  ['a0', new Map()],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
  ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['3b001ffffffffffffe', -Number.MAX_SAFE_INTEGER],
];

const REFUSED: readonly (readonly [code: string, why: string, hex: string])[] = [
  ['CBOR_TRUNCATED', 'nothing', ''],
  ['CBOR_TRUNCATED', 'a head cut short', '19ff'],
  ['CBOR_TRUNCATED', 'a byte string cut short', '420a'],
  ['CBOR_TRUNCATED', 'a list with an item missing', '8201'],
  ['CBOR_TRUNCATED', 'a map with a value missing', 'a101'],
  ['CBOR_TRUNCATED', 'more items promised than there are bytes', '9a000fffff00'],
  ['CBOR_TRAILING', 'a byte behind the value', '0000'],
  ['CBOR_TRAILING', 'a value behind an empty list', '8080'],
  ['CBOR_NOT_CANONICAL', '23 in two bytes', '1817'],
  ['CBOR_NOT_CANONICAL', '255 in three bytes', '1900ff'],
  ['CBOR_NOT_CANONICAL', '65535 in five bytes', '1a0000ffff'],
  ['CBOR_NOT_CANONICAL', '2^32 - 1 in nine bytes', '1b00000000ffffffff'],
  ['CBOR_NOT_CANONICAL', 'a long negative', '3800'],
  ['CBOR_NOT_CANONICAL', 'a long length of bytes', '580100'],
  ['CBOR_NOT_CANONICAL', 'a long length of text', '780161'],
  ['CBOR_NOT_CANONICAL', 'a long count of items', '980100'],
  ['CBOR_NOT_CANONICAL', 'a key twice', 'a201020103'],
  ['CBOR_NOT_CANONICAL', 'keys out of order', 'a203040102'],
  ['CBOR_NOT_CANONICAL', 'a negative key before a positive one', 'a220000100'],
  ['CBOR_FORBIDDEN', 'a half float', 'f93c00'],
  ['CBOR_FORBIDDEN', 'a float', 'fa47c35000'],
  ['CBOR_FORBIDDEN', 'a double', 'fb3ff199999999999a'],
  ['CBOR_FORBIDDEN', 'undefined', 'f7'],
  ['CBOR_FORBIDDEN', 'an unassigned simple value', 'f0'],
  ['CBOR_FORBIDDEN', 'false in two bytes', 'f814'],
  ['CBOR_FORBIDDEN', 'a break', 'ff'],
  ['CBOR_FORBIDDEN', 'a tag', 'c100'],
  ['CBOR_FORBIDDEN', 'bytes without a length', '5f4101ff'],
  ['CBOR_FORBIDDEN', 'text without a length', '7f6161ff'],
  ['CBOR_FORBIDDEN', 'a list without a count', '9f01ff'],
  ['CBOR_FORBIDDEN', 'a map without a count', 'bf0101ff'],
  ['CBOR_FORBIDDEN', 'a reserved length', '1c'],
  ['CBOR_FORBIDDEN', 'a text as a key', 'a1616101'],
  ['CBOR_FORBIDDEN', 'a list as a key', 'a18001'],
  ['CBOR_FORBIDDEN', 'null as a key', 'a1f601'],
  ['CBOR_INTEGER_RANGE', '2^53', '1b0020000000000000'],
  ['CBOR_INTEGER_RANGE', '2^64 - 1', '1bffffffffffffffff'],
  ['CBOR_INTEGER_RANGE', '-2^53', '3b001fffffffffffff'],
  ['CBOR_TOO_LONG', 'a string of 128 MiB', '5a08000000'],
  ['CBOR_TOO_LONG', 'a list of 2^32 - 1 items', '9affffffff'],
  ['TEXT_INVALID', 'bytes that are no UTF-8', '61ff'],
  ['TEXT_INVALID', 'a surrogate in UTF-8', '63eda080'],
];

describe('decoding CBOR', () => {
  it.each(EXAMPLES)('reads the example %s of the RFC, and writes it again', (hex, value) => {
    expect(decodeCbor(parseHex(hex))).toEqual(value);
    expect(toHex(encodeCbor(value))).toBe(hex);
  });

  it.each(REFUSED)('refuses with %s: %s', (code, _, hex) => {
    expect(codeOf(() => decodeCbor(parseHex(hex)))).toBe(code);
  });

  it('allows sixteen lists inside each other and no more', () => {
    const nested = (depth: number) => parseHex(`${'81'.repeat(depth)}00`);
    expect(codeOf(() => decodeCbor(nested(CBOR_LIMITS.depthMax)))).toBeUndefined();
    expect(codeOf(() => decodeCbor(nested(CBOR_LIMITS.depthMax + 1)))).toBe('CBOR_TOO_DEEP');
    expect(codeOf(() => decodeCbor(nested(1_000_000)))).toBe('CBOR_TOO_DEEP');
    expect(codeOf(() => decodeCbor(parseHex(`${'a100'.repeat(17)}00`)))).toBe('CBOR_TOO_DEEP');
  });

  it('counts the values of all lists, whatever each of them holds', () => {
    const lists = [0x84, 0x9a, 0x00, 0x04, 0x00, 0x00];
    const input = new Uint8Array(lists.length + 4 * 0x40005).fill(0xa0);
    for (let i = 0, at = 1; i < 4; i++, at += 5 + 0x40000) input.set(lists.slice(1), at);
    input[0] = 0x84;
    const whole = input.subarray(0, 1 + 4 * (5 + 0x40000));
    expect(codeOf(() => decodeCbor(whole))).toBe('CBOR_TOO_LONG');
  });

  it('hands out copies, also from a Node buffer', () => {
    for (const input of [Uint8Array.of(0x42, 1, 2), Buffer.from([0x42, 1, 2])]) {
      const value = decodeCbor(input) as Uint8Array;
      input[1] = 9;
      expect(value).toEqual(Uint8Array.of(1, 2));
      expect(value.constructor).toBe(Uint8Array);
    }
  });
});

describe('encoding CBOR', () => {
  it('is undone by decoding', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decodeCbor(encodeCbor(value))).toEqual(value);
      }),
    );
  });

  it('sorts keys by their bytes, whatever order they were put in', () => {
    const keys = [-1, 500, 0, 23, -300, 24];
    const map = new Map(keys.map((key) => [key, true]));
    const reversed = new Map(keys.toReversed().map((key) => [key, true]));
    expect(toHex(encodeCbor(map))).toBe('a600f517f51818f51901f4f520f539012bf5');
    expect(encodeCbor(reversed)).toEqual(encodeCbor(map));
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53)])(
    'refuses %d, which is no safe integer',
    (value) => {
      expect(codeOf(() => encodeCbor(value))).toBe('CBOR_INTEGER_RANGE');
    },
  );

  it('writes minus zero as zero, which has one form', () => {
    expect(toHex(encodeCbor(-0))).toBe('00');
  });

  it('throws for values that have no place in CBOR, wherever they stand', () => {
    const strange = [undefined, 1n, Symbol('a'), {}, () => 1, new Date(0), new ArrayBuffer(2)];
    for (const value of strange as never[]) {
      expect(() => encodeCbor(value)).toThrow('no place in CBOR');
      expect(() => encodeCbor([1, value, 2])).toThrow('no place in CBOR');
      expect(() => encodeCbor(new Map([[1, [value]]]))).toThrow('no place in CBOR');
    }
    expect(() => encodeCbor(new Array(3))).toThrow('no place in CBOR');
  });

  it('writes behind what the writer holds', () => {
    const writer = new CborWriter();
    writer.list(2);
    writeCbor(writer, [1, [2]]);
    writeCbor(writer, new Map([[3, 'x']]));
    expect(decodeCbor(writer.finish())).toEqual([[1, [2]], new Map([[3, 'x']])]);
  });

  it('refuses what it would not read', () => {
    let nested: CborValue = 0;
    for (let depth = 0; depth < 17; depth++) nested = [nested];
    expect(codeOf(() => encodeCbor(nested))).toBe('CBOR_TOO_DEEP');
    expect(codeOf(() => encodeCbor('\ud800'))).toBe('TEXT_INVALID');
    let wide: CborValue = 0;
    for (let depth = 0; depth < 16; depth++) wide = [wide, wide];
    expect(codeOf(() => encodeCbor(wide))).toBeUndefined();
  });
});

/** What cborg makes of it, when its own encoding of that is the same bytes again. */
function cborgValue(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    const value = cborgDecode(bytes, {
      useMaps: true,
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      rejectDuplicateMapKeys: true,
    });
    return equalBytes(cborgEncode(value), bytes) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** Cborg's values that Ward's have no place for, and nesting that Ward bounds. */
function isWardValue(value: unknown, depth = 0): value is CborValue {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true;
  if (value instanceof Uint8Array) return true;
  if (depth >= CBOR_LIMITS.depthMax) return false;
  if (Array.isArray(value)) return value.every((item) => isWardValue(item, depth + 1));
  if (!(value instanceof Map)) return false;
  return [...value].every(
    ([key, item]) => Number.isSafeInteger(key) && isWardValue(item, depth + 1),
  );
}

function checkAgainstCborg(bytes: Uint8Array): void {
  const theirs = cborgValue(bytes);
  if (theirs !== undefined && isWardValue(theirs.value)) {
    expect(decodeCbor(bytes)).toEqual(theirs.value);
    expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes);
    return;
  }
  expect(
    codeOf(() => decodeCbor(bytes)),
    toHex(bytes),
  ).toMatch(/^(CBOR|TEXT)_/);
}

describe('a second implementation, cborg with its encoding compared', () => {
  it('agrees on every value that is encoded', () => {
    fc.assert(fc.property(anyValue, (value) => checkAgainstCborg(encodeCbor(value))));
  });

  it('agrees on random bytes', () => {
    const random = seededRandom(20);
    for (let run = 0; run < 20_000; run++) checkAgainstCborg(random.bytes(1 + random.below(12)));
  });

  it('agrees on encodings that were altered', () => {
    const random = seededRandom(21);
    const samples = fc.sample(anyValue, { numRuns: 500, seed: 21 }).map(encodeCbor);
    for (let run = 0; run < 20_000; run++) {
      const bytes = random.pick(samples).slice();
      for (let count = 1 + random.below(2); count > 0; count--) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      checkAgainstCborg(bytes);
    }
  });
});
