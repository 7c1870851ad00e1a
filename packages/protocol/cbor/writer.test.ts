import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { parseHex, toHex } from '../bytes.ts';
import { decodeCbor } from './cbor.ts';
import { CborWriter } from './writer.ts';

function written(write: (writer: CborWriter) => void, sizeHint?: number): string {
  const writer = new CborWriter(sizeHint);
  write(writer);
  return toHex(writer.finish());
}

describe('the writer', () => {
  it.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [65_535, '19ffff'],
    [65_536, '1a00010000'],
    [0xffffffff, '1affffffff'],
    [0x100000000, '1b0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
    [-1, '20'],
    [-25, '3818'],
    [-0x100000001, '3b0000000100000000'],
  ])('gives %d its shortest head', (value, hex) => {
    expect(written((writer) => writer.integer(value))).toBe(hex);
  });

  it('grows from the smallest buffer', () => {
    const long = 'é'.repeat(1000);
    const hex = written((writer) => {
      writer.list(2);
      writer.text(long);
      writer.byteString(new Uint8Array(300).fill(1));
    }, 0);
    expect(decodeCbor(parseHex(hex))).toEqual([long, new Uint8Array(300).fill(1)]);
  });

  it('writes heads whose content follows from elsewhere', () => {
    const hex = written((writer) => {
      writer.map(1);
      writer.integer(1);
      writer.byteStringHead(2);
      writer.raw(Uint8Array.of(7, 8));
    });
    expect(decodeCbor(parseHex(hex))).toEqual(new Map([[1, Uint8Array.of(7, 8)]]));
  });

  it('writes booleans and null', () => {
    const hex = written((writer) => {
      writer.boolean(true);
      writer.boolean(false);
      writer.null();
    });
    expect(hex).toBe('f5f4f6');
  });

  it('gives copies: what is written later does not change them', () => {
    const writer = new CborWriter();
    writer.integer(1);
    const first = writer.finish();
    writer.integer(2);
    expect(toHex(first)).toBe('01');
    expect(toHex(writer.finish())).toBe('0102');
  });

  it('shows what it holds, and gives its buffer to the next when it is done', () => {
    const writer = new CborWriter();
    writer.text('secret');
    expect(toHex(writer.view())).toBe('66736563726574');
    const kept = writer.finish();
    writer.release();
    expect(writer.view()).toHaveLength(0);
    const next = new CborWriter();
    next.integer(1);
    expect(toHex(next.view())).toBe('01');
    expect(toHex(kept)).toBe('66736563726574');
  });

  it('can be used again after it was released, with a buffer of its own', () => {
    const writer = new CborWriter();
    writer.release();
    const other = new CborWriter();
    other.text('other');
    writer.text('again');
    expect(decodeCbor(other.finish())).toBe('other');
    expect(decodeCbor(writer.finish())).toBe('again');
  });

  it('holds two values at once in two writers', () => {
    const [one, two] = [new CborWriter(), new CborWriter()];
    one.integer(1);
    two.integer(2);
    one.integer(3);
    expect([toHex(one.finish()), toHex(two.finish())]).toEqual(['0103', '02']);
  });

  it('refuses numbers that are no safe integers', () => {
    expect(codeOf(() => written((writer) => writer.integer(1.5)))).toBe('CBOR_INTEGER_RANGE');
  });
});
