import { execFileSync } from 'node:child_process';
import { decodeUtf8, encodeUtf8 } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from './json-scanner.ts';
import { INGEST_LIMITS } from './limits.ts';

const scan = (text: string) => scanJson(encodeUtf8(text));
const codeFor = (text: string) => codeOf(() => scan(text));

describe('the JSON scanner accepts', () => {
  it.each([
    '{}',
    '[]',
    ' \t\r\n[ ] ',
    '0',
    '-0',
    '1.0',
    '-12.50e+07',
    '1E-3',
    'true',
    'false',
    'null',
    '""',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00"',
    '"é€😀"',
    '{"a":{"b":[1,{"c":null}]},"d":"x"}',
    '{"__proto__":1,"constructor":2}',
  ])('the text %s, as JSON.parse does', (text) => {
    expect(codeFor(text)).toBeUndefined();
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it('a value, and says where it ends', () => {
    expect(scan(' {"a":1} rest')).toBe(8);
    expect(scanJson(encodeUtf8('[1][2]'), { start: 3 })).toBe(6);
  });
});

describe('the JSON scanner refuses', () => {
  it.each([
    ['', 'JSON_TRUNCATED'],
    ['{', 'JSON_TRUNCATED'],
    ['{"a"', 'JSON_TRUNCATED'],
    ['{"a":', 'JSON_TRUNCATED'],
    ['[1,', 'JSON_TRUNCATED'],
    ['"abc', 'JSON_TRUNCATED'],
    ['"\\', 'JSON_TRUNCATED'],
    ['"\\u12', 'JSON_TRUNCATED'],
    ['tru', 'JSON_TRUNCATED'],
    ['1.', 'JSON_TRUNCATED'],
    ['01', undefined],
    ['[01]', 'JSON_MALFORMED'],
    ['[1.e2]', 'JSON_MALFORMED'],
    ['[.5]', 'JSON_MALFORMED'],
    ['[+1]', 'JSON_MALFORMED'],
    ['[NaN]', 'JSON_MALFORMED'],
    ['[nil]', 'JSON_MALFORMED'],
    ['{a:1}', 'JSON_MALFORMED'],
    ["{'a':1}", 'JSON_MALFORMED'],
    ['{"a" 1}', 'JSON_MALFORMED'],
    ['{"a":1,}', 'JSON_MALFORMED'],
    ['[1,]', 'JSON_MALFORMED'],
    ['[1}', 'JSON_MALFORMED'],
    ['{"a":1]', 'JSON_MALFORMED'],
    ['"a\nb"', 'JSON_MALFORMED'],
    ['"\\x"', 'JSON_MALFORMED'],
    ['"\\u12g4"', 'JSON_MALFORMED'],
    ['// comment\n{}', 'JSON_MALFORMED'],
    ['{"a":1,"a":2}', 'JSON_DUPLICATE_KEY'],
    ['{"a":1,"\\u0061":2}', 'JSON_DUPLICATE_KEY'],
    ['"\\ud800"', 'TEXT_INVALID'],
    ['"\\udc00\\ud800"', 'TEXT_INVALID'],
    ['"\\ud800\\u0041"', 'TEXT_INVALID'],
  ])('%j with code %s', (text, code) => {
    expect(codeFor(text)).toBe(code);
  });

  it.each([
    ['a lone continuation', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong point of three bytes', [0xe0, 0x80, 0xaf]],
    ['an overlong point of four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a point past the last', [0xf4, 0x90, 0x80, 0x80]],
    ['a sequence cut short', [0xe2, 0x82]],
    ['a byte that UTF-8 never has', [0xff]],
  ])('%s in a string', (_, bytes) => {
    const text = Uint8Array.of(0x22, ...bytes, 0x22);
    expect(codeOf(() => scanJson(text))).toBe('TEXT_INVALID');
  });

  it('more depth than the limit, and not the limit itself', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    expect(codeFor(nested(INGEST_LIMITS.jsonDepthMax))).toBeUndefined();
    expect(codeFor(nested(INGEST_LIMITS.jsonDepthMax + 1))).toBe('JSON_TOO_DEEP');
  });

  it('more members than the limit, and a member twice among many', () => {
    const members = (count: number) => Array.from({ length: count }, (_, i) => `"k${i}":1`);
    const max = INGEST_LIMITS.jsonMembersMax;
    expect(codeFor(`{${members(max).join()}}`)).toBeUndefined();
    expect(codeFor(`{${members(max + 1).join()}}`)).toBe('JSON_TOO_MANY_MEMBERS');
    expect(codeFor(`{${members(40).join()},"k3":2}`)).toBe('JSON_DUPLICATE_KEY');
    expect(codeFor(`{${members(16).join()},"k15":2}`)).toBe('JSON_DUPLICATE_KEY');
  });

  it('bytes behind the end that it was given', () => {
    const bytes = encodeUtf8('{"a":1}\n{"b":2}');
    expect(scanJson(bytes, { start: 0, end: 7 })).toBe(7);
    expect(codeOf(() => scanJson(bytes, { start: 0, end: 6 }))).toBe('JSON_TRUNCATED');
  });
});

/** Whether a text is JSON without half surrogates and doubles, by other means. */
function isGood(text: string): boolean {
  let isDouble = false;
  try {
    const value: unknown = JSON.parse(text);
    const again = JSON.stringify(value);
    isDouble = (text.match(/:/g)?.length ?? 0) !== (again.match(/:/g)?.length ?? 0);
    return !isDouble && !/\\ud[89a-f]/i.test(again);
  } catch {
    return false;
  }
}

describe('the JSON scanner and the platform agree', () => {
  it('on every JSON value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8, stringUnit: 'grapheme' }), (text) => {
        expect(scan(text)).toBe(encodeUtf8(text).length);
      }),
    );
  });

  it('on texts of signs that JSON is made of', () => {
    const sign = fc.constantFrom(...'{}[],"\\tu0123.-eE ', ':', 'null', '"a":', '"b":', '\n', 'é');
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 12 }), (signs) => {
        const text = signs.join('');
        const bytes = encodeUtf8(text);
        let rest = '';
        const code = codeOf(() => {
          rest = decodeUtf8(bytes, scanJson(bytes)).trim();
        });
        expect(code === undefined && rest === '', text).toBe(isGood(text));
      }),
      { numRuns: 20_000 },
    );
  });
});

const SCANNER = JSON.stringify(new URL('./json-scanner.ts', import.meta.url).href);
const PROGRAM = `
  const { scanJson } = await import(${SCANNER});
  const codes = [];
  for (const piece of ['[', '{"a":', '[{"a":[']) {
    for (const depth of [30, 100, 101, 5_000, 1_000_000]) {
      try {
        scanJson(new TextEncoder().encode(piece.repeat(depth)));
      } catch (error) {
        codes.push(error.code ?? error.name);
      }
    }
  }
  process.stdout.write(codes.join(' '));
`;

function codesUnder(stackKilobytes: number): string {
  const options = [`--stack-size=${stackKilobytes}`, '--input-type=module', '--eval', PROGRAM];
  return execFileSync(process.execPath, options, { encoding: 'utf8' });
}

it('gives deeply nested JSON the same code under a small stack and a large one', () => {
  const small = codesUnder(128);
  expect(small).not.toContain('RangeError');
  expect(small).toContain('JSON_TRUNCATED JSON_TRUNCATED JSON_TOO_DEEP');
  expect(codesUnder(4000)).toBe(small);
});
