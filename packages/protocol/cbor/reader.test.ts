import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { parseHex } from '../bytes.ts';
import { CborReader, MAJOR } from './reader.ts';

const reader = (hex: string) => new CborReader(parseHex(hex));

describe('the reader', () => {
  it('consumes nothing when the next value is of another type', () => {
    const source = reader('01');
    expect(source.byteString()).toBeUndefined();
    expect(source.text()).toBeUndefined();
    expect(source.simple()).toBeUndefined();
    expect(source.count(MAJOR.list)).toBe(-1);
    expect(source.count(MAJOR.map)).toBe(-1);
    expect(source.head(MAJOR.negative)).toBe(-1);
    expect(source.takeNull()).toBe(false);
    expect(source.at).toBe(0);
    expect(source.integer()).toBe(1);
    source.finish();
  });

  it('reads one value after the other', () => {
    const source = reader('8361614101f6');
    expect(source.peekMajor()).toBe(MAJOR.list);
    expect(source.count(MAJOR.list)).toBe(3);
    expect(source.text()).toBe('a');
    expect(source.byteString()).toEqual(Uint8Array.of(1));
    expect(source.takeNull()).toBe(true);
    source.finish();
  });

  it('reads integers of both signs, and leaves a third type alone', () => {
    expect(reader('1903e8').integer()).toBe(1000);
    expect(reader('3903e7').integer()).toBe(-1000);
    expect(reader('60').integer()).toBeUndefined();
  });

  it('reads the three simple values', () => {
    expect(reader('f4').simple()).toBe(false);
    expect(reader('f5').simple()).toBe(true);
    expect(reader('f6').simple()).toBe(null);
    expect(codeOf(() => reader('f7').simple())).toBe('CBOR_FORBIDDEN');
  });

  it('has a code for the end of the input, whatever is asked', () => {
    const asked: ((source: CborReader) => unknown)[] = [
      (source) => source.peekMajor(),
      (source) => source.takeNull(),
      (source) => source.integer(),
      (source) => source.byteString(),
      (source) => source.text(),
      (source) => source.simple(),
      (source) => source.count(MAJOR.list),
      (source) => source.head(MAJOR.unsigned),
    ];
    for (const ask of asked) expect(codeOf(() => ask(reader('')))).toBe('CBOR_TRUNCATED');
  });

  it('stays within the part of the bytes that it is given', () => {
    const source = new CborReader(parseHex('ff4101ff'), 1, 3);
    expect(source.byteString()).toEqual(Uint8Array.of(1));
    source.finish();
    const cut = new CborReader(parseHex('4201ff'), 0, 2);
    expect(codeOf(() => cut.byteString())).toBe('CBOR_TRUNCATED');
  });

  it('hands out copies of byte strings, or views of them when it is told', () => {
    const bytes = parseHex('420102');
    const copy = new CborReader(bytes).byteString();
    const view = new CborReader(bytes, 0, bytes.length, true).byteString();
    bytes[1] = 9;
    expect(copy).toEqual(Uint8Array.of(1, 2));
    expect(view).toEqual(Uint8Array.of(9, 2));
  });

  it('finishes only at the end', () => {
    const source = reader('0102');
    source.integer();
    expect(codeOf(() => source.finish())).toBe('CBOR_TRAILING');
  });

  it('asks two bytes for each pair of a map', () => {
    expect(reader('a20001').peekMajor()).toBe(MAJOR.map);
    expect(codeOf(() => reader('a2000102').count(MAJOR.map))).toBe('CBOR_TRUNCATED');
    expect(reader('a100').count(MAJOR.list)).toBe(-1);
    expect(codeOf(() => reader('a100').count(MAJOR.map))).toBe('CBOR_TRUNCATED');
    expect(reader('a10001').count(MAJOR.map)).toBe(1);
  });
});
