import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHex, toHex } from '../bytes.ts';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import { word } from '../errors/ward-error.ts';
import { compileCodec } from './codec.ts';
import * as field from './fields.ts';

type Schema = Parameters<typeof compileCodec>[0];

function read(schema: Schema, hex: string): unknown {
  const reader = new CborReader(parseHex(hex));
  const value = compileCodec(schema, word('sample')).read(reader);
  reader.finish();
  return value;
}

function write(schema: Schema, value: unknown): string {
  const writer = new CborWriter();
  compileCodec(schema, word('sample')).write(writer, value as never);
  return toHex(writer.finish());
}

const pair = field.struct({ left: field.integer(0, 9), right: field.boolean() });
const sorted = field.list(field.integer(), { max: 4, sortedBy: '' });
const byLeft = field.list(pair, { max: 4, sortedBy: 'left' });
const shape = field.variant({ dot: field.struct({}), line: pair });

describe('each kind of field', () => {
  it.each<[string, Schema, unknown, string]>([
    ['bytes', field.bytes(2), Uint8Array.of(1, 2), '420102'],
    ['bytes between', field.bytesBetween(0, 2), new Uint8Array(0), '40'],
    ['text', field.text(4), 'é', '62c3a9'],
    ['integer', field.integer(-5, 5), -5, '24'],
    ['boolean', field.boolean(), true, 'f5'],
    ['word', field.word(['up', 'down']), 'down', '64646f776e'],
    ['null', field.nullable(field.integer()), null, 'f6'],
    ['not null', field.nullable(field.integer()), 7, '07'],
    ['list', field.list(field.integer(), { max: 3 }), [3, 1, 2], '83030102'],
    ['struct', pair, { left: 1, right: false }, '8201f4'],
    ['empty struct', field.struct({}), {}, '80'],
    ['variant', shape, { kind: 'line', left: 1, right: true }, '82646c696e658201f5'],
    ['variant without fields', shape, { kind: 'dot' }, '8263646f7480'],
    ['sorted list', sorted, [1, 2, 30], '830102181e'],
  ])('%s has one form', (_, schema, value, hex) => {
    expect(write(schema, value)).toBe(hex);
    expect(read(schema, hex)).toEqual(value);
  });
});

describe('reading', () => {
  it.each<[string, string, Schema, string]>([
    ['FORMAT_TYPE', 'text for bytes', field.bytes(1), '6161'],
    ['FORMAT_TYPE', 'bytes for text', field.text(1), '4161'],
    ['FORMAT_TYPE', 'text for an integer', field.integer(), '6131'],
    ['FORMAT_TYPE', 'an integer for a boolean', field.boolean(), '01'],
    ['FORMAT_TYPE', 'null for a boolean', field.boolean(), 'f6'],
    ['FORMAT_TYPE', 'null where nothing is nullable', field.integer(), 'f6'],
    ['FORMAT_TYPE', 'bytes for a word', field.word(['up']), '427570'],
    ['FORMAT_TYPE', 'an integer for a list', sorted, '01'],
    ['FORMAT_TYPE', 'a map for a struct', pair, 'a20001'],
    ['FORMAT_TYPE', 'a list of three for a variant', shape, '8363646f748080'],
    ['FORMAT_TYPE', 'a number for the kind', shape, '820180'],
    ['FORMAT_RANGE', 'too few bytes', field.bytes(2), '4101'],
    ['FORMAT_RANGE', 'too many bytes', field.bytes(2), '43010203'],
    ['FORMAT_RANGE', 'a text that is longer in bytes than allowed', field.text(1), '62c3a9'],
    ['FORMAT_RANGE', 'an integer below', field.integer(-5, 5), '25'],
    ['FORMAT_RANGE', 'an integer above', field.integer(-5, 5), '06'],
    ['FORMAT_RANGE', 'too many items', sorted, '850102030405'],
    ['FORMAT_RANGE', 'too few items', field.list(pair, { min: 1, max: 2 }), '80'],
    ['FORMAT_WORD', 'an unknown word', field.word(['up']), '646c656674'],
    ['FORMAT_WORD', 'an unknown kind', shape, '82646d6f6f6e80'],
    ['FORMAT_WORD', 'a kind that every object has', shape, '826b636f6e7374727563746f7280'],
    ['FORMAT_FIELDS', 'a field too few', pair, '8101'],
    ['FORMAT_FIELDS', 'a field too many', pair, '8301f400'],
    ['FORMAT_ORDER', 'items out of order', sorted, '820201'],
    ['FORMAT_ORDER', 'an item twice', sorted, '820101'],
    ['FORMAT_ORDER', 'structs out of order', byLeft, '828202f48201f4'],
    ['FORMAT_ORDER', 'structs with one key twice', byLeft, '828201f48201f5'],
    ['CBOR_NOT_CANONICAL', 'a long form', field.integer(), '1805'],
    ['CBOR_TRUNCATED', 'a field that is cut off', pair, '8201'],
    ['CBOR_TRAILING', 'something behind', pair, '8201f400'],
  ])('refuses with %s: %s', (code, _, schema, hex) => {
    expect(codeOf(() => read(schema, hex))).toBe(code);
  });

  it('orders lists of bytes by their bytes, a prefix first', () => {
    const names = field.list(field.bytesBetween(0, 2), { max: 3, sortedBy: '' });
    expect(codeOf(() => read(names, '834041014201ff'))).toBeUndefined();
    expect(codeOf(() => read(names, '8242010141ff'))).toBeUndefined();
    expect(codeOf(() => read(names, '8241ff420101'))).toBe('FORMAT_ORDER');
  });
});

describe('writing', () => {
  it.each<[string, string, Schema, unknown]>([
    ['FORMAT_TYPE', 'text for bytes', field.bytes(1), 'a'],
    ['FORMAT_TYPE', 'a list of numbers for bytes', field.bytes(1), [1]],
    ['FORMAT_TYPE', 'a number for text', field.text(1), 1],
    ['FORMAT_TYPE', 'text for an integer', field.integer(), '1'],
    ['FORMAT_TYPE', 'a big integer', field.integer(), 1n],
    ['FORMAT_TYPE', 'nothing for a boolean', field.boolean(), undefined],
    ['FORMAT_TYPE', 'an object for a list', sorted, {}],
    ['FORMAT_TYPE', 'null for a struct', pair, null],
    ['FORMAT_TYPE', 'a field that is missing', pair, { left: 1 }],
    ['FORMAT_RANGE', 'a longer text', field.text(1), 'é'],
    ['FORMAT_RANGE', 'a larger integer', field.integer(0, 5), 6],
    ['FORMAT_RANGE', 'no number', field.integer(), Number.NaN],
    ['FORMAT_RANGE', 'more items', sorted, [1, 2, 3, 4, 5]],
    ['FORMAT_WORD', 'an unknown word', field.word(['up']), 'left'],
    ['FORMAT_WORD', 'an unknown kind', shape, { kind: 'moon' }],
    ['FORMAT_WORD', 'no kind', shape, undefined],
    ['FORMAT_ORDER', 'items out of order', sorted, [2, 1]],
    ['CBOR_INTEGER_RANGE', 'a fraction', field.integer(0, 5), 0.5],
    ['TEXT_INVALID', 'half of a surrogate pair', field.text(9), '\ud800'],
  ])('refuses with %s: %s', (code, _, schema, value) => {
    expect(codeOf(() => write(schema, value))).toBe(code);
  });

  it('says which format it was, and nothing of the value', () => {
    expect.assertions(1);
    try {
      write(field.text(3), 'a name of somebody');
    } catch (error) {
      expect((error as { data: unknown }).data).toEqual({ format: 'sample', offset: 0 });
    }
  });
});

describe('a schema of many kinds', () => {
  const schema = field.struct({
    id: field.bytes(4),
    name: field.text(20),
    parts: field.list(shape, { max: 3 }),
    note: field.nullable(field.list(field.bytesBetween(0, 3), { max: 3, sortedBy: '' })),
    size: field.integer(-1000, 1000),
  });
  const anyShape = fc.oneof(
    fc.record({ kind: fc.constant('dot') }),
    fc.record({ kind: fc.constant('line'), left: fc.nat(9), right: fc.boolean() }),
  );
  const anyValue = fc.record({
    id: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    name: fc.string({ unit: 'binary', maxLength: 5 }),
    parts: fc.array(anyShape, { maxLength: 3 }),
    note: fc.option(
      fc
        .uniqueArray(fc.uint8Array({ maxLength: 3 }), { maxLength: 3, selector: toHex })
        .map((items) => items.sort(Buffer.compare)),
    ),
    size: fc.integer({ min: -1000, max: 1000 }),
  });

  it('comes back from its bytes', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(read(schema, write(schema, value))).toEqual(value);
      }),
    );
  });

  it('has one encoding: altered bytes are refused or are another value', () => {
    const altered = fc.tuple(anyValue, fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(altered, ([value, place, byte]) => {
        const bytes = parseHex(write(schema, value));
        bytes[place % bytes.length] = byte;
        const hex = toHex(bytes);
        const code = codeOf(() => read(schema, hex));
        if (code === undefined) expect(write(schema, read(schema, hex))).toBe(hex);
      }),
      { numRuns: 2000 },
    );
  });
});

it('compiles only schemas that are made of format fields', () => {
  expect(() => compileCodec({ type: 'string' } as Schema, word('sample'))).toThrow('format fields');
});
