import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8, utf8Length, writeUtf8 } from './utf8.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 64 });
const platformEncoder = new TextEncoder();
const platformDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

describe('encoding UTF-8', () => {
  it('gives the bytes that the platform gives', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(encodeUtf8(text)).toEqual(platformEncoder.encode(text));
        expect(utf8Length(text)).toBe(platformEncoder.encode(text).length);
      }),
    );
  });

  it.each(['\ud800', '\udc00', 'a\udfff', '\ud83d!', '\ude00\ud83d', '\ud800\ud800'])(
    'refuses half of a surrogate pair: %j',
    (text) => {
      expect(codeOf(() => encodeUtf8(text))).toBe('TEXT_INVALID');
    },
  );

  it('writes at an offset and says where it ended', () => {
    const target = new Uint8Array(8);
    expect(writeUtf8('é', target, 3)).toBe(5);
    expect(target).toEqual(Uint8Array.of(0, 0, 0, 0xc3, 0xa9, 0, 0, 0));
  });
});

describe('decoding UTF-8', () => {
  it('gives back the text, whatever its length and place', () => {
    fc.assert(
      fc.property(anyText, fc.nat(9), (text, offset) => {
        const bytes = encodeUtf8(text);
        const placed = new Uint8Array(offset + bytes.length + 3);
        placed.set(bytes, offset);
        expect(decodeUtf8(placed, offset, offset + bytes.length)).toBe(text);
      }),
    );
    const long = '𝔘nicode '.repeat(3000);
    expect(decodeUtf8(encodeUtf8(long))).toBe(long);
  });

  it('accepts what the platform accepts when it is told to be strict, and nothing else', () => {
    const pieces = fc.constantFrom(
      ...[[0x41], [0xc3, 0xa9], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80], [0xed, 0xa0, 0x80]],
      ...[[0xc0, 0x80], [0xe0, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [0xff], [0xf5]],
      ...[[0xe2, 0x82], [0xc3], [0xf0, 0x9f], [0xef, 0xbb, 0xbf]],
    );
    const some = fc.array(pieces, { maxLength: 6 }).map((parts) => Uint8Array.from(parts.flat()));
    fc.assert(
      fc.property(fc.oneof(some, fc.uint8Array({ maxLength: 12 })), (bytes) => {
        let expected: string | undefined;
        try {
          expected = platformDecoder.decode(bytes);
        } catch {
          expect(codeOf(() => decodeUtf8(bytes))).toBe('TEXT_INVALID');
          return;
        }
        expect(decodeUtf8(bytes)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong null', [0xe0, 0x80, 0x80]],
    ['a surrogate', [0xed, 0xb0, 0x80]],
    ['a point past the last', [0xf4, 0x90, 0x80, 0x80]],
    ['a sequence cut short', [0xe2, 0x82]],
    ['a continuation alone', [0x80]],
    ['a byte that no sequence has', [0xfe]],
  ])('refuses %s', (_, bytes) => {
    expect(codeOf(() => decodeUtf8(Uint8Array.from(bytes)))).toBe('TEXT_INVALID');
  });

  it('does not read past the end that it is given', () => {
    const euro = Uint8Array.of(0xe2, 0x82, 0xac);
    expect(codeOf(() => decodeUtf8(euro, 0, 2))).toBe('TEXT_INVALID');
  });
});
