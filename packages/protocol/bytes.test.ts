import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  concatBytes,
  equalBytes,
  parseHex,
  readUint32,
  toHex,
  uint32Bytes,
} from './bytes.ts';

const anyBytes = fc.uint8Array({ maxLength: 64 });

describe('bytes', () => {
  it('are equal when every one is, and of one length', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
    expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });

  it('are ordered as Node orders them, a prefix first', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(compareBytes(a, b) === 0).toBe(equalBytes(a, b));
      }),
    );
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0);
  });

  it('are joined in order', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 8 }), (parts) => {
        expect(Buffer.from(concatBytes(...parts))).toEqual(Buffer.concat(parts));
      }),
    );
  });

  it('hold 32-bit numbers with the most significant byte first', () => {
    expect(uint32Bytes(0x01020304)).toEqual(Uint8Array.of(1, 2, 3, 4));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.nat(8), (value, offset) => {
        const bytes = concatBytes(new Uint8Array(offset), uint32Bytes(value));
        expect(readUint32(bytes, offset)).toBe(value);
      }),
    );
  });
});

describe('hexadecimal', () => {
  it('comes back as the same bytes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(parseHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each(['a', 'abc', 'AB', 'g0', '0g', ' 00', '0x00', '٠٠', '00\n0'])(
    'is refused when it is not lower-case digits in pairs: %j',
    (text) => {
      expect(codeOf(() => parseHex(text))).toBe('HEX_INVALID');
    },
  );

  it('has one text for each byte string: what is accepted is written back the same', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789abcdefAFgx '), maxLength: 12 });
    fc.assert(
      fc.property(digits, (text) => {
        if (codeOf(() => parseHex(text)) === undefined) expect(toHex(parseHex(text))).toBe(text);
      }),
    );
  });
});
