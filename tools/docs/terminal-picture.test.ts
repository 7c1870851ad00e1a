import { describe, expect, it } from 'vitest';
import { plainText, runsOf, terminalPicture } from './terminal-picture.ts';

describe('a picture of a terminal', () => {
  it('parts a line by its colours, and knows where each part stands', () => {
    const runs = runsOf('\u001b[32m✔\u001b[0m  1  \u001b[1mBold\u001b[0m \u001b[2mfaint\u001b[0m');
    expect(runs.map(({ text, column, isBold }) => [text, column, isBold])).toEqual([
      ['✔', 0, false],
      ['  1  ', 1, false],
      ['Bold', 6, true],
      ['faint', 11, false],
    ]);
    expect(new Set(runs.map(({ colour }) => colour)).size).toBe(3);
    expect(plainText('\u001b[32m✔\u001b[0m  1  \u001b[1mBold\u001b[0m')).toBe('✔  1  Bold');
  });

  it('is as large as its lines, escapes what they say, and has a title', () => {
    const small = terminalPicture(['a'], 'What it shows');
    const large = terminalPicture(['<b> & "c"', 'd'], 'What it shows');
    const heightOf = (svg: string) => Number(/height="(\d+)"/.exec(svg)![1]);
    expect(heightOf(large)).toBeGreaterThan(heightOf(small));
    expect(large).toContain('>&lt;b> &amp; &quot;c&quot;</text>');
    expect(large).toContain('<title>What it shows</title>');
  });
});
