import { describe, expect, it } from 'vitest';
import { addYears, dateOf, dayOf, instantOf, yearsBetween } from './calendar.ts';
import { Draws } from './draws.ts';
import { makePdf } from './pdf.ts';

describe('draws by lot', () => {
  it('are the same for the same seed, wherever they are made', () => {
    const draw = (seed: string) => {
      const draws = new Draws(seed);
      return [
        draws.uuid(),
        draws.between(0, 1_000_000),
        draws.chance(50),
        draws.pick('abcdef'.split('')),
      ];
    };
    expect(draw('a')).toMatchInlineSnapshot(`
      [
        "f887d02b-bf33-42f8-887e-fe801ad3b416",
        823515,
        false,
        "f",
      ]
    `);
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('b')).not.toEqual(draw('a'));
  });

  it('reach both ends of a range, and every part of it alike', () => {
    const draws = new Draws('range');
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 40_000; i++) counts[draws.between(3, 6) - 3]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('happen as often as they should', () => {
    const draws = new Draws('chance');
    const count = Array.from({ length: 10_000 }, () => draws.chance(20)).filter(Boolean).length;
    expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});

describe('the calendar', () => {
  it('goes from dates to days and back', () => {
    for (const date of ['1970-01-01', '1936-02-29', '2026-11-22']) {
      expect(dateOf(dayOf(date))).toBe(date);
    }
    expect(dayOf('1970-01-02')).toBe(1);
    expect(instantOf(1, 9 * 60 + 5)).toBe('1970-01-02T09:05:00Z');
    expect(() => dayOf('2026-02-30T')).toThrow('date');
  });

  it('adds years, and finds the last of February', () => {
    expect(dateOf(addYears(dayOf('2000-02-29'), 1))).toBe('2001-02-28');
    expect(dateOf(addYears(dayOf('2000-05-06'), -10))).toBe('1990-05-06');
  });

  it('counts full years', () => {
    const years = (from: string, to: string) => yearsBetween({ from: dayOf(from), to: dayOf(to) });
    expect(years('1980-05-06', '2020-05-05')).toBe(39);
    expect(years('1980-05-06', '2020-05-06')).toBe(40);
    expect(years('1936-01-02', '2026-01-01')).toBe(89);
  });
});

describe('a PDF', () => {
  const text = new TextDecoder('latin1').decode(makePdf(['Fine (so far) \\', 'Grüße 😀']));

  it('has a table that says where each object stands', () => {
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)![1]);
    expect(text.startsWith('xref\n0 6\n', start)).toBe(true);
    const offsets = [...text.slice(start).matchAll(/^(\d{10}) 00000 n $/gm)];
    offsets.forEach(([, offset], i) => {
      expect(text.startsWith(`${i + 1} 0 obj\n`, Number(offset))).toBe(true);
    });
    expect(offsets).toHaveLength(5);
  });

  it('has a stream as long as it says, with its text escaped', () => {
    const [, length, stream] = /<< \/Length (\d+) >>\nstream\n([\s\S]*?)\nendstream/.exec(text)!;
    expect(stream).toHaveLength(Number(length));
    expect(stream).toContain('(Fine \\(so far\\) \\\\) Tj');
    expect(stream).toContain('(Gr??e ??) Tj');
  });
});
