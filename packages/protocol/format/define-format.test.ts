import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { encodeCbor } from '../cbor/cbor.ts';
import { defineFormat, type FormatOf, formatCatalogue } from './define-format.ts';
import * as field from './fields.ts';

const Sample = defineFormat('format-sample', 3, {
  id: field.bytes(2),
  kind: field.word(['one', 'two']),
  items: field.list(field.integer(0, 9), { max: 2 }),
});

const value = { id: Uint8Array.of(1, 2), kind: 'one', items: [4] } as const;

describe('a format', () => {
  it('is a list that begins with its version', () => {
    expect(toHex(Sample.encode(value))).toBe('8403420102636f6e658104');
    expect(Sample.decode(Sample.encode(value))).toEqual(value);
  });

  it('can be decoded without copies, to the same value', () => {
    const bytes = Sample.encode(value);
    const shared = Sample.decodeShared(bytes);
    expect(shared).toEqual(Sample.decode(bytes));
    expect(shared.id.buffer).toBe(bytes.buffer);
    expect(Sample.decode(bytes).id.buffer).not.toBe(bytes.buffer);
    expect(codeOf(() => Sample.decodeShared(new Uint8Array([...bytes, 0])))).toBe('CBOR_TRAILING');
  });

  it('refuses another version before it looks at the rest', () => {
    const other = encodeCbor([4, 'what comes later']);
    expect(codeOf(() => Sample.decode(other))).toBe('FORMAT_VERSION');
    expect(codeOf(() => Sample.decode(encodeCbor(['3'])))).toBe('FORMAT_TYPE');
    expect(codeOf(() => Sample.decode(encodeCbor([])))).toBe('FORMAT_FIELDS');
  });

  it('counts its fields without the version', () => {
    expect(codeOf(() => Sample.decode(encodeCbor([3, value.id, 'one'])))).toBe('FORMAT_FIELDS');
    expect(codeOf(() => Sample.decode(encodeCbor([3, value.id, 'one', [], 0])))).toBe(
      'FORMAT_FIELDS',
    );
  });

  it('refuses bytes behind it', () => {
    const longer = new Uint8Array([...Sample.encode(value), 0]);
    expect(codeOf(() => Sample.decode(longer))).toBe('CBOR_TRAILING');
  });

  it('stands in others without its version', () => {
    const Outer = defineFormat('format-outer', 1, { inner: Sample.schema });
    expect(toHex(Outer.encode({ inner: value }))).toBe('820183420102636f6e658104');
    expect(Outer.decode(Outer.encode({ inner: value }))).toEqual({ inner: value });
  });

  it('is declared once, and listed', () => {
    expect(() => defineFormat('format-sample', 3, {})).toThrow('declared twice');
    expect(formatCatalogue().get('format-sample/3')).toBe(Sample);
    expect(defineFormat('format-sample', 4, {}).version).toBe(4);
  });

  it('gives its type to the compiler', () => {
    expectTypeOf<FormatOf<typeof Sample>>().toEqualTypeOf<{
      readonly id: Uint8Array;
      readonly kind: 'one' | 'two';
      readonly items: readonly number[];
    }>();
  });
});

describe('the schema of a format', () => {
  it('is JSON Schema with every bound, and nothing of ours in it', () => {
    expect(JSON.parse(JSON.stringify(Sample.schema))).toEqual({
      type: 'object',
      properties: {
        id: { type: 'string', format: 'hex', minLength: 4, maxLength: 4 },
        kind: { type: 'string', enum: ['one', 'two'] },
        items: {
          type: 'array',
          items: { type: 'integer', minimum: 0, maximum: 9 },
          minItems: 0,
          maxItems: 2,
        },
      },
      required: ['id', 'kind', 'items'],
      additionalProperties: false,
    });
  });

  it('shows variants as a choice of objects', () => {
    const shape = field.variant({
      dot: field.struct({}),
      line: field.struct({ size: field.integer(0, 1) }),
    });
    expect(JSON.parse(JSON.stringify(shape))).toEqual({
      oneOf: [
        {
          type: 'object',
          properties: { kind: { const: 'dot' } },
          required: ['kind'],
          additionalProperties: false,
        },
        {
          type: 'object',
          properties: {
            kind: { const: 'line' },
            size: { type: 'integer', minimum: 0, maximum: 1 },
          },
          required: ['kind', 'size'],
          additionalProperties: false,
        },
      ],
    });
  });

  it('shows what may be null', () => {
    expect(JSON.parse(JSON.stringify(field.nullable(field.boolean())))).toEqual({
      anyOf: [{ type: 'boolean' }, { type: 'null' }],
    });
  });
});

describe('a field that came later', () => {
  const Before = defineFormat('format-before', 1, { id: field.integer() });
  const After = defineFormat('format-after', 1, {
    id: field.integer(),
    note: field.later(field.text(9)),
    size: field.later(field.integer()),
  });

  it('is left out where it is null, so that older bytes stay as they were', () => {
    const value = { id: 7, note: null, size: null };
    expect(toHex(After.encode(value))).toBe(toHex(Before.encode({ id: 7 })));
    expect(After.decode(Before.encode({ id: 7 }))).toEqual(value);
    expect(After.toJson(value)).toEqual({ id: 7 });
    expect(After.fromJson({ id: 7 })).toEqual(value);
    expect(codeOf(() => After.fromJson({ id: 7, other: 1 }))).toBe('JSON_INVALID');
    expect(codeOf(() => After.fromJson({ note: 'a' }))).toBe('JSON_INVALID');
  });

  it('comes back where it is there', () => {
    for (const value of [
      { id: 7, note: 'a', size: null },
      { id: 7, note: null, size: 3 },
    ]) {
      expect(After.decode(After.encode(value))).toEqual(value);
      expect(After.fromJson(After.toJson(value))).toEqual(value);
    }
  });

  it('has one form: a null that could be left out is refused', () => {
    expect(codeOf(() => After.decode(encodeCbor([1, 7, null])))).toBe('FORMAT_FIELDS');
    expect(codeOf(() => After.decode(encodeCbor([1, 7, 'a', null])))).toBe('FORMAT_FIELDS');
    expect(codeOf(() => After.decode(encodeCbor([1, 7, 'a', 3, 4])))).toBe('FORMAT_FIELDS');
    expect(codeOf(() => After.decode(encodeCbor([1])))).toBe('FORMAT_FIELDS');
  });

  it('stands last, and is no duty in the JSON Schema', () => {
    const wrong = { note: field.later(field.text(9)), id: field.integer() };
    expect(() => defineFormat('format-wrong', 1, wrong)).toThrow('may be left out');
    expect((After.schema as { required?: readonly string[] }).required).toEqual(['id']);
  });
});
