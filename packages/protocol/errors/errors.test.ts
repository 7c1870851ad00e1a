import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineErrors, errorCatalogue } from './define-errors.ts';
import { refuse } from './protocol-errors.ts';
import { type ErrorFields, type Hex, hasCode, WardError, word } from './ward-error.ts';

describe('the catalogue', () => {
  const entries = [...errorCatalogue()];

  it('has codes in capitals, a sentence of what happened and one of what to do', () => {
    expect(entries.length).toBeGreaterThan(30);
    for (const [code, kind] of entries) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(kind.text).toMatch(/^[A-Z].*\.$/);
      expect(kind.next).toMatch(/^[A-Z].*\.$/);
      expect([400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503]).toContain(kind.status);
    }
  });

  it('names fields of data in camelCase', () => {
    for (const [, { fields }] of entries) {
      for (const field of fields) expect(field).toMatch(/^[a-z][a-zA-Z]*$/);
    }
  });

  it('takes a code once over the whole product', () => {
    const kind = { status: 400, fields: [], text: 'A.', next: 'B.' };
    expect(() => defineErrors({ CBOR_TRUNCATED: kind })).toThrow('declared twice');
  });
});

describe('an error', () => {
  it('carries code, text, data and where it is explained', () => {
    const error = refuse('CBOR_TOO_DEEP', { offset: 3, max: 16 });
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe('CBOR_TOO_DEEP');
    expect(error.data).toEqual({ offset: 3, max: 16 });
    expect(error.message).toBe(error.kind.text);
    expect(error.docs).toBe('docs/errors.md#cbor_too_deep');
    expect(error.name).toBe('WardError');
  });

  it('without fields has empty data', () => {
    expect(refuse('REQUEST_REPLAYED').data).toEqual({});
  });

  it('keeps its cause when it has one', () => {
    const cause = new Error('below');
    const error = new WardError('X', refuse('REQUEST_UNSIGNED').kind, {}, cause);
    expect(error.cause).toBe(cause);
    expect('cause' in refuse('REQUEST_UNSIGNED')).toBe(false);
  });

  it('is recognised by its code', () => {
    expect(hasCode(refuse('REQUEST_UNSIGNED'), 'REQUEST_UNSIGNED')).toBe(true);
    expect(hasCode(refuse('REQUEST_UNSIGNED'), 'REQUEST_TIME')).toBe(false);
    expect(hasCode(new Error('REQUEST_UNSIGNED'), 'REQUEST_UNSIGNED')).toBe(false);
    expect(hasCode(undefined, 'REQUEST_UNSIGNED')).toBe(false);
  });

  it('takes no text that was read from somewhere: the compiler refuses it', () => {
    const read: string = 'Anna';
    // @ts-expect-error a text that is not known letter by letter
    word(read);
    // @ts-expect-error a plain text is no value for an error
    const data: ErrorFields = { name: read };
    expect(data).toBeDefined();
    expectTypeOf(word('general')).toExtend<ErrorFields[string]>();
    expectTypeOf<Hex>().toExtend<ErrorFields[string]>();
    expectTypeOf<string>().not.toExtend<ErrorFields[string]>();
  });

  it('must have the data that its code asks for: the compiler says so', () => {
    // @ts-expect-error the offset is missing
    expect(refuse('CBOR_TRUNCATED').code).toBe('CBOR_TRUNCATED');
    // @ts-expect-error there is no such code
    expect(() => refuse('NO_SUCH_CODE')).toThrow();
  });
});
