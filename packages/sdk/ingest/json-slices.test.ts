import { decodeUtf8, encodeUtf8 } from '@ward/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson, itemsOf, memberOf, membersOf, readJson, textOf } from './json-slices.ts';

const TEXT = ' { "a" : 1.0 , "b\\"}" : [ {"x": "]}"} , -2e3,true ] ,"c":"\\\\" } ';
const bytes = encodeUtf8(TEXT);
const at = (slice: { start: number; end: number }) => TEXT.slice(slice.start, slice.end);

describe('slices of JSON', () => {
  it('are the members of an object, with their exact bytes', () => {
    expect(membersOf(bytes, 1).map((member) => [member.key, at(member)])).toEqual([
      ['a', '1.0'],
      ['b"}', '[ {"x": "]}"} , -2e3,true ]'],
      ['c', '"\\\\"'],
    ]);
  });

  it('are the items of a list, up to a limit', () => {
    const list = membersOf(bytes, 1)[1]!;
    expect(itemsOf(bytes, list.start, 10).map(at)).toEqual(['{"x": "]}"}', '-2e3', 'true']);
    expect(itemsOf(bytes, list.start, 1)).toHaveLength(2);
  });

  it('of any JSON value hold the same values', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = encodeUtf8(JSON.stringify(value, null, 2));
        const members = membersOf(text, 0);
        expect(Object.fromEntries(members.map((one) => [one.key, readJson(text, one)]))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
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
