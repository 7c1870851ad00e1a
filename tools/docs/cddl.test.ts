import { field } from '@ward/protocol';
import { describe, expect, it } from 'vitest';
import { cddlOf } from './cddl.ts';

const noWords = () => undefined;

function textOf(fields: Parameters<typeof cddlOf>[0]['fields']): string[] {
  return cddlOf({ name: 'sample', version: 1, fields }, new Map(), noWords)
    .split('\n')
    .slice(2, -1);
}

describe('a format in CDDL', () => {
  it('has its version first, then each field with its bounds', () => {
    const fields = { id: field.bytes(16), name: field.text(50), count: field.integer(1, 8) };
    const rule = { name: 'a/Sample', version: 2, fields };
    expect(cddlOf(rule, new Map(), noWords)).toBe(
      [
        'a.Sample = [',
        '  2, ; version',
        '  id: bstr .size 16,',
        '  name: tstr .size (0..50),',
        '  count: 1..8,',
        ']',
      ].join('\n'),
    );
  });

  it('says in a comment that a list ascends', () => {
    const ids = field.list(field.bytes(4), { max: 3, sortedBy: '' });
    expect(textOf({ ids })).toEqual(['  ids: [0*3 bstr .size 4], ; ascending, none twice']);
  });

  it('writes choices of words, cases and nothing', () => {
    const which = field.variant({
      one: field.struct({ at: field.integer() }),
      none: field.struct({}),
    });
    const fields = { state: field.nullable(field.word(['open', 'shut'])), which };
    expect(textOf(fields)).toEqual([
      '  state: ("open" / "shut") / null,',
      '  which: ["one", [at: uint]] / ["none", []],',
    ]);
  });

  it('marks a field that may be missing', () => {
    const part = field.struct({ at: field.integer(), note: field.later(field.boolean()) });
    const fields = { part, size: field.later(field.integer()) };
    expect(textOf(fields)).toEqual(['  part: [at: uint, ? note: bool],', '  ? size: uint,']);
  });

  it('breaks what does not fit on a line', () => {
    const long = Object.fromEntries(
      ['first', 'second', 'third', 'fourth'].map((name) => [`${name}Member`, field.bytes(32)]),
    );
    const fields = { all: field.nullable(field.list(field.struct(long), { max: 9 })) };
    expect(textOf(fields)).toEqual([
      '  all: [0*9 [',
      '    firstMember: bstr .size 32,',
      '    secondMember: bstr .size 32,',
      '    thirdMember: bstr .size 32,',
      '    fourthMember: bstr .size 32',
      '  ]] / null,',
    ]);
  });

  it('writes a part that stands in several formats once, and names it there', () => {
    const part = { seconds: field.integer(), nanos: field.integer(0, 9) };
    const groups = new Map([[part, 'time']]);
    const rule = { name: 'block', version: 1, fields: { time: field.struct(part) } };
    expect(cddlOf(rule, groups, noWords)).toBe('block = [\n  1, ; version\n  time: [time],\n]');
    const own = { name: 'time', version: undefined, fields: part };
    expect(cddlOf(own, groups, noWords)).toBe('time = (\n  seconds: uint,\n  nanos: 0..9,\n)');
  });

  it('puts what the source says above rule and field', () => {
    const words = (_: string, name: string) => (name === '' ? 'A sample.' : 'Its number.');
    const rule = { name: 'sample', version: 1, fields: { n: field.integer() } };
    expect(cddlOf(rule, new Map(), words)).toBe(
      '; A sample.\nsample = [\n  1, ; version\n  ; Its number.\n  n: uint,\n]',
    );
  });
});
