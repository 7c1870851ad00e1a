import { decodeUtf8, encodeUtf8 } from '@ward/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LongEnds, scanJson } from './json-scanner.ts';
import { compactJson, findMembers, itemsOf, memberOf, readJson, textOf } from './json-slices.ts';

const TEXT = ' { "a" : 1.0 , "b\\"}" : [ {"x": "]}"} , -2e3,true ] ,"c":"\\\\" } ';
const bytes = encodeUtf8(TEXT);
const json = scanned(bytes);
const at = (slice: { start: number; end: number }) => TEXT.slice(slice.start, slice.end);

function scanned(text: Uint8Array) {
  const longEnds: LongEnds = new Map();
  scanJson(text, {}, longEnds);
  return { bytes: text, longEnds };
}

describe('slices of JSON', () => {
  it('are the members of an object that are wanted, with their exact bytes', () => {
    const { a, c, 'b"}': b, d } = findMembers(json, 1, ['a', 'c', 'b"}', 'd']);
    expect([a, b, c].map((slice) => at(slice!))).toEqual([
      '1.0',
      '[ {"x": "]}"} , -2e3,true ]',
      '"\\\\"',
    ]);
    expect(d).toBeUndefined();
  });

  it('are found under names written with escapes, and under no longer or shorter ones', () => {
    const text = encodeUtf8('{"entr":1,"entryy":2,"en\\u0074ry":3}');
    const { entry } = findMembers(scanned(text), 0, ['entry']);
    expect(readJson(text, entry!)).toBe(3);
  });

  it('are the items of a list, up to a limit', () => {
    const list = findMembers(json, 1, ['b"}'])['b"}']!;
    expect(itemsOf(json, list.start, 10).map(at)).toEqual(['{"x": "]}"}', '-2e3', 'true']);
    expect(itemsOf(json, list.start, 1)).toHaveLength(2);
  });

  it('end in the same places whether the scanner remembered long values or not', () => {
    const long = { a: { b: ['x'.repeat(600), { c: [1, 2] }] }, d: ['y'.repeat(600)], e: 'z' };
    const text = encodeUtf8(JSON.stringify(long, null, 2));
    const known = scanned(text);
    expect(known.longEnds.size).toBe(4);
    const names = ['a', 'd', 'e'] as const;
    const walked = findMembers({ bytes: text, longEnds: new Map() }, 0, names);
    expect(findMembers(known, 0, names)).toEqual(walked);
  });

  it('of any JSON value hold the same values', () => {
    const name = fc.string({ unit: 'binary-ascii' }).filter((one) => one !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (value) => {
        const text = encodeUtf8(JSON.stringify(value, null, 2));
        const members = Object.entries(findMembers(scanned(text), 0, Object.keys(value)));
        expect(
          Object.fromEntries(members.map(([key, one]) => [key, readJson(text, one!)])),
        ).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('the compact form', () => {
  it('loses the space between tokens, and nothing else', () => {
    const compact = compactJson(bytes, { start: 0, end: bytes.length });
    expect(decodeUtf8(compact)).toBe('{"a":1.0,"b\\"}":[{"x":"]}"},-2e3,true],"c":"\\\\"}');
  });

  it('is the same however a value is indented', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 8 }), (value, indent) => {
        const text = encodeUtf8(JSON.stringify(value, null, indent));
        const compact = compactJson(text, { start: 0, end: text.length });
        expect(decodeUtf8(compact)).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe('members of parsed values', () => {
  it('are those of the object itself', () => {
    const value = JSON.parse('{"a":"x","__proto__":{"b":"y"}}');
    expect(textOf(value, 'a')).toBe('x');
    expect(textOf(value, 'b')).toBeUndefined();
    expect(memberOf(value, 'constructor')).toBeUndefined();
    expect(memberOf([1], 'length')).toBeUndefined();
    expect(memberOf(null, 'a')).toBeUndefined();
  });
});
