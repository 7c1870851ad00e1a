import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineFormat } from './define-format.ts';
import * as field from './fields.ts';

const Sample = defineFormat('json-sample', 1, {
  id: field.bytes(2),
  blob: field.bytesBetween(0, 3),
  name: field.text(4),
  count: field.integer(0, 100),
  flag: field.boolean(),
  mood: field.word(['up', 'down']),
  maybe: field.nullable(field.integer()),
  list: field.list(field.integer(), { min: 1, max: 3, sortedBy: '' }),
  inner: field.struct({ deep: field.text(2) }),
  shape: field.variant({ dot: field.struct({}), line: field.struct({ size: field.integer() }) }),
});

const value = {
  id: Uint8Array.of(1, 255),
  blob: new Uint8Array(0),
  name: 'é',
  count: 7,
  flag: true,
  mood: 'up',
  maybe: null,
  list: [1, 5],
  inner: { deep: 'x' },
  shape: { kind: 'line', size: 3 },
} as const;

const json = {
  id: '01ff',
  blob: '',
  name: 'é',
  count: 7,
  flag: true,
  mood: 'up',
  maybe: null,
  list: [1, 5],
  inner: { deep: 'x' },
  shape: { kind: 'line', size: 3 },
};

describe('the JSON form', () => {
  it('has bytes as hexadecimal and the rest as it is', () => {
    expect(Sample.toJson(value)).toEqual(json);
    expect(Sample.fromJson(json)).toEqual(value);
    const dot = { ...value, shape: { kind: 'dot' } as const, maybe: 4 };
    expect(Sample.fromJson(Sample.toJson(dot))).toEqual(dot);
  });

  it.each<[string, string, object]>([
    ['JSON_INVALID', 'a field that is missing', { name: undefined }],
    ['JSON_INVALID', 'a number for bytes', { id: 1 }],
    ['JSON_INVALID', 'too few bytes', { id: '01' }],
    ['JSON_INVALID', 'too many bytes', { id: '010203' }],
    ['HEX_INVALID', 'bytes in capitals', { id: '01FF' }],
    ['HEX_INVALID', 'half a byte', { id: '01f' }],
    ['JSON_INVALID', 'a number for text', { name: 1 }],
    ['JSON_INVALID', 'a longer text', { name: 'abcde' }],
    ['JSON_INVALID', 'a text that is longer in bytes', { name: 'ééé' }],
    ['TEXT_INVALID', 'half of a surrogate pair', { name: '\ud800' }],
    ['JSON_INVALID', 'a fraction', { count: 0.5 }],
    ['JSON_INVALID', 'a larger number', { count: 101 }],
    ['JSON_INVALID', 'a negative number', { count: -1 }],
    ['JSON_INVALID', 'a number as text', { count: '7' }],
    ['JSON_INVALID', 'a number for a boolean', { flag: 1 }],
    ['JSON_INVALID', 'an unknown word', { mood: 'left' }],
    ['JSON_INVALID', 'no word', { mood: null }],
    ['JSON_INVALID', 'an empty list', { list: [] }],
    ['JSON_INVALID', 'a longer list', { list: [1, 2, 3, 4] }],
    ['JSON_INVALID', 'a list out of order', { list: [2, 1] }],
    ['JSON_INVALID', 'an object for a list', { list: { 0: 1 } }],
    ['JSON_INVALID', 'a list for a struct', { inner: ['x'] }],
    ['JSON_INVALID', 'null for a struct', { inner: null }],
    ['JSON_INVALID', 'a field too many inside', { inner: { deep: 'x', more: 1 } }],
    ['JSON_INVALID', 'an unknown kind', { shape: { kind: 'moon' } }],
    ['JSON_INVALID', 'a kind that every object has', { shape: { kind: 'constructor' } }],
    ['JSON_INVALID', 'no kind', { shape: {} }],
    ['JSON_INVALID', 'null for a variant', { shape: null }],
    ['JSON_INVALID', 'fields of another kind', { shape: { kind: 'dot', size: 3 } }],
    ['JSON_INVALID', 'a field too many', { more: 1 }],
  ])('is refused with %s: %s', (code, _, change) => {
    const changed = JSON.parse(JSON.stringify({ ...json, ...change }));
    expect(codeOf(() => Sample.fromJson(changed))).toBe(code);
  });

  it.each([null, 1, 'text', [], [json]])('is refused when it is no object: %j', (other) => {
    expect(codeOf(() => Sample.fromJson(other))).toBe('JSON_INVALID');
  });

  it('is not fooled by names that every object has', () => {
    const text = JSON.stringify(json).replace('"name":"é"', '"__proto__":{"name":"é"}');
    expect(codeOf(() => Sample.fromJson(JSON.parse(text)))).toBe('JSON_INVALID');
    const { name: _, ...rest } = json;
    const inherited = Object.assign(Object.create({ name: 'é' }), rest, { other: 1 });
    expect(codeOf(() => Sample.fromJson(inherited))).toBe('JSON_INVALID');
  });
});

describe('whatever JSON is accepted', () => {
  const anything = fc.record({
    id: fc.constantFrom('01ff', '0', 'zz', '010203'),
    blob: fc.constantFrom('', '01', '01020304'),
    name: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('\ud800', 'éé', 'ééé')),
    count: fc.constantFrom(0, 100, 101, -1, 0.5, -0),
    flag: fc.boolean(),
    mood: fc.constantFrom('up', 'down', 'left'),
    maybe: fc.constantFrom(null, 1, 2 ** 53),
    list: fc.array(fc.nat(5), { maxLength: 4 }),
    inner: fc.record({ deep: fc.string({ maxLength: 3 }) }),
    shape: fc.constantFrom({ kind: 'dot' }, { kind: 'line', size: 1 }, { kind: 'line' }),
  });

  it('can be encoded, and comes back the same from the bytes', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anything, (candidate) => {
        if (codeOf(() => Sample.fromJson(candidate)) !== undefined) return;
        accepted++;
        const parsed = Sample.fromJson(candidate);
        expect(Sample.toJson(Sample.decode(Sample.encode(parsed)))).toEqual(
          JSON.parse(JSON.stringify(Sample.toJson(parsed))),
        );
      }),
      { numRuns: 20_000, seed: 1 },
    );
    expect(accepted).toBeGreaterThan(10);
  });
});
