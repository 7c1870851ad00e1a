import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { bytesField, fixed64Field, integerField, messageField, varint } from './proto.ts';

/** The reading side, for these tests only: tag, then a value by its wire type. */
function readVarint(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte, i) => value | (BigInt(byte & 0x7f) << BigInt(7 * i)), 0n);
}

describe('the protobuf that CometBFT hashes', () => {
  it.each([
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ])('writes the varint of %d', (value, hex) => {
    expect(toHex(varint(value))).toBe(hex);
  });

  it('writes varints that say the number again', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(readVarint(varint(value))).toBe(BigInt(value));
      }),
    );
  });

  it('writes negative numbers in ten bytes, as int64', () => {
    expect(toHex(integerField(1, -1))).toBe('08ffffffffffffffffff01');
    expect(toHex(integerField(1, -62_135_596_800))).toBe('088092b8c398feffffff01');
    fc.assert(
      fc.property(fc.integer({ min: Number.MIN_SAFE_INTEGER, max: -1 }), (value) => {
        const field = integerField(2, value);
        expect(field.length).toBe(11);
        expect(BigInt.asIntN(64, readVarint(field.subarray(1)))).toBe(BigInt(value));
      }),
    );
  });

  it('leaves out zero and nothing', () => {
    expect(integerField(1, 0)).toHaveLength(0);
    expect(fixed64Field(1, 0)).toHaveLength(0);
    expect(bytesField(1, new Uint8Array(0))).toHaveLength(0);
  });

  it('writes an embedded message even when it is empty', () => {
    expect(toHex(messageField(4, new Uint8Array(0)))).toBe('2200');
    expect(toHex(bytesField(4, Uint8Array.of(7)))).toBe('220107');
  });

  it('writes sfixed64 with the least significant byte first', () => {
    expect(toHex(fixed64Field(2, 1))).toBe('110100000000000000');
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const field = fixed64Field(3, value + (value === 0 ? 1 : 0));
        const view = new DataView(field.buffer, 1, 8);
        expect(Number(view.getBigUint64(0, true))).toBe(Math.max(1, value));
      }),
    );
  });
});
