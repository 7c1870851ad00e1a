import { describe, expect, it } from 'vitest';
import { columnsOf } from './printable.ts';
import { Progress } from './progress.ts';

const ERASE_LINE = '\r\u001b[K';

function progress(columns: number | undefined) {
  const clock = { ms: 0 };
  const drawn: string[] = [];
  const write = (text: string) => drawn.push(text);
  const bar = new Progress({ label: 'Sealing', columns, write, nowMs: () => clock.ms });
  return { bar, clock, drawn };
}

describe('progress on long work', () => {
  it('is one line that is drawn over itself, and gone at the end', () => {
    const { bar, clock, drawn } = progress(80);
    bar.update({ done: 1, total: 4, unit: 'records' });
    clock.ms += 200;
    bar.update({ done: 4, total: 4, unit: 'records' });
    bar.end();
    expect(drawn).toHaveLength(3);
    expect(drawn[0]).toContain(' 25%  1 of 4 records');
    expect(drawn[1]).toContain('100%  4 of 4 records');
    expect(drawn.every((text) => text.startsWith(ERASE_LINE) && !text.includes('\n'))).toBe(true);
    expect(drawn[2]).toBe(ERASE_LINE);
  });

  it('is drawn ten times a second at most', () => {
    const { bar, clock, drawn } = progress(80);
    for (let done = 0; done < 1000; done++) {
      bar.update({ done, total: 1000, unit: 'records' });
      clock.ms += 1;
    }
    expect(drawn).toHaveLength(10);
  });

  it('counts where nobody knows the end, and never is wider than the terminal', () => {
    const { bar, drawn } = progress(24);
    bar.update({ done: 12_345, unit: 'objects' });
    expect(drawn[0]).toContain('12345 objects');
    const narrow = progress(24);
    narrow.bar.update({ done: 1, total: 2, unit: 'records' });
    expect(columnsOf(narrow.drawn[0]!.replace(ERASE_LINE, ''))).toBeLessThan(24);
  });

  it('says nothing where standard error is no terminal', () => {
    const { bar, drawn } = progress(undefined);
    bar.update({ done: 1, total: 2, unit: 'records' });
    bar.end();
    expect(drawn).toEqual([]);
  });
});
