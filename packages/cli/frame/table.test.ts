import { describe, expect, it } from 'vitest';
import { columnsOf, cutTo, printable, printableLines } from './printable.ts';
import { tableLines } from './table.ts';

const HEAD = [
  { title: 'id' },
  { title: 'name', mayShrink: true },
  { title: 'about', mayShrink: true },
  { title: 'count', isNumber: true },
];
const ROWS = [
  ['a1', 'Hospital of the Holy Ghost', 'a short text', '1'],
  ['b2', '東京大学病院', '', '12345'],
];
const plain = (text: string) => text;

describe('a table', () => {
  it('is as wide as it wants where nobody says how wide', () => {
    expect(
      tableLines({ head: HEAD, rows: ROWS }, { columns: undefined, paintHead: plain }),
    ).toEqual([
      'ID  NAME                        ABOUT         COUNT',
      'a1  Hospital of the Holy Ghost  a short text      1',
      'b2  東京大学病院                              12345',
    ]);
  });

  it('keeps to the width, and cuts the widest first', () => {
    const lines = tableLines({ head: HEAD, rows: ROWS }, { columns: 40, paintHead: plain });
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(40);
    expect(lines[1]).toBe('a1  Hospital of th…  a short text      1');
  });

  it('leaves what must not be cut, however narrow the terminal', () => {
    const lines = tableLines({ head: HEAD, rows: ROWS }, { columns: 10, paintHead: plain });
    expect(lines[2]).toContain('12345');
    expect(lines[2]).toContain('b2');
  });

  it('measures cells before they are painted', () => {
    const cell = { text: 'ok', paint: (text: string) => `<${text}>` };
    const lines = tableLines(
      { head: [{ title: 'state' }, { title: 'id' }], rows: [[cell, 'x']] },
      { columns: undefined, paintHead: plain },
    );
    expect(lines[1]).toBe('<ok   >  x');
  });
});

describe('text from outside', () => {
  it('can neither move the cursor nor turn the direction of writing', () => {
    const start = String.fromCodePoint(0x1b);
    const bell = String.fromCodePoint(7);
    const turn = String.fromCodePoint(0x202e);
    const controls = String.fromCodePoint(0x9b);
    const hostile = `Hospital${start}[2J${bell}${turn}B${controls}1A`;
    for (const show of [printable, printableLines]) {
      const shown = show(hostile);
      for (const sign of [start, bell, turn, controls]) expect(shown).not.toContain(sign);
      expect(shown).toContain('Hospital');
    }
  });

  it('stays one line where it must, and keeps its lines where it may', () => {
    expect(printable('a\nb\tc')).toBe('a b c');
    expect(printableLines('a\r\nb\tc')).toBe('a\nb  c');
  });

  it('survives halves of signs', () => {
    expect(printable('a\ud800b')).toBe('a\ufffdb');
  });

  it('is cut between signs, by the columns that they take', () => {
    expect(cutTo('東京大学', 5)).toBe('東京…');
    expect(cutTo('abc', 3)).toBe('abc');
    expect(cutTo('abcd', 3)).toBe('ab…');
  });
});
