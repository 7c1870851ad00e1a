import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBase32, toBase32 } from './base32.ts';
import { encodeUtf8 } from './utf8.ts';

describe('base32', () => {
  // RFC 4648, section 10, without the padding.
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('writes "%s" as the standard does', (text, wanted) => {
    expect(toBase32(encodeUtf8(text))).toBe(wanted);
    expect(parseBase32(wanted)).toEqual(encodeUtf8(text));
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseBase32(toBase32(bytes))).toEqual(bytes);
      }),
    );
  });

  it('reads no second text for the same bytes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z2-7]{0,40}$/), (text) => {
        const bytes = parseBase32(text);
        if (bytes !== undefined) expect(toBase32(bytes)).toBe(text);
      }),
    );
  });

  it.each([['my'], ['MY======'], ['M1'], ['M'], ['MZX'], ['MZ'], ['MYA'], ['M Y'], ['MÿY']])(
    'refuses %s',
    (text) => {
      expect(parseBase32(text)).toBeUndefined();
    },
  );
});
