import { refuseProtocol, WardError } from '@ward/protocol';
import { MemoryTerminal } from '@ward/testkit/memory-terminal';
import { describe, expect, it } from 'vitest';
import { refuse } from '../errors.ts';
import { EXIT, EXIT_TEXTS, exitCodeOf } from './exit-codes.ts';
import { columnsOf, wrapTo } from './printable.ts';
import { errorJson, reportError } from './report-error.ts';

function told(error: unknown, { columns = 80, debug = false, hasColours = false } = {}): string {
  const terminal = new MemoryTerminal({ columns, hasColours });
  reportError(error, terminal, { debug });
  return terminal.errors;
}

describe('a failure that is told to a person', () => {
  it('has its code, what happened, its data and what to do next', () => {
    expect(told(refuse('ID_AMBIGUOUS', { kind: 'unit' as never, matches: 3 }))).toBe(
      [
        'ID_AMBIGUOUS: Several begin with this id or name.',
        '  kind: unit, matches: 3',
        '  Next: Give more of its letters.',
        '',
      ].join('\n'),
    );
  });

  it('stays within the width of the terminal, and keeps all its words', () => {
    const error = refuse('OWNER_HOME_MISSING', { wanted: 'person or organisation' as never });
    const lines = told(error, { columns: 40 }).split('\n');
    expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(40);
    const text = lines.map((line) => line.trim()).join(' ');
    expect(text).toContain(error.kind.text);
    expect(text).toContain(error.kind.next);
  });

  it('is painted where colours are on, and is as wide as without', () => {
    const error = refuse('COMMAND_UNKNOWN');
    const painted = told(error, { hasColours: true });
    expect(painted).toContain('\u001b[31mCOMMAND_UNKNOWN\u001b[39m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
    expect(painted.replaceAll(/\u001b\[\d+m/g, '')).toBe(told(error));
  });

  it('shows where it comes from only when asked', () => {
    const error = Object.assign(refuse('FILE_REFUSED'), { cause: new Error('EACCES: no') });
    expect(told(error)).toContain('  EACCES: no\n');
    expect(told(error)).not.toContain('report-error.test.ts');
    expect(told(error, { debug: true })).toContain('report-error.test.ts');
  });

  it('takes no signs from outside that move the cursor', () => {
    const cause = new Error('bad\u001b[2Jname');
    expect(told(Object.assign(refuse('FILE_REFUSED'), { cause }))).not.toContain('\u001b[2J');
  });

  it('has a code even where nobody foresaw it', () => {
    const error = new TypeError('x is not a function');
    expect(told(error)).toMatch(/^SOFTWARE_FAULT: /);
    expect(errorJson(error)).toMatchObject({ error: { code: 'SOFTWARE_FAULT' } });
    expect(exitCodeOf(error)).toBe(EXIT.failed);
  });
});

describe('an exit status', () => {
  const kind = { status: 409, fields: [], text: 'A.', next: 'B.' };

  it.each([
    ['FLAG_NEEDED', kind, EXIT.usage],
    ['STOPPED', kind, EXIT.stopped],
    ['ANYTHING', { ...kind, status: 503 }, EXIT.unreachable],
    ['ANYTHING', { ...kind, status: 429 }, EXIT.unreachable],
    ['ANYTHING', { ...kind, retry: true as const }, EXIT.unreachable],
    ['ANYTHING', { ...kind, status: 502 }, EXIT.unverified],
    ['ANYTHING', kind, EXIT.failed],
  ])('of %s follows from its code and status', (code, made, status) => {
    expect(exitCodeOf(new WardError(code, made, {}))).toBe(status);
  });

  it('has a text for the help, each one', () => {
    expect(Object.keys(EXIT_TEXTS).map(Number).sort()).toEqual(Object.values(EXIT).sort());
    expect(exitCodeOf(refuseProtocol('SERVER_UNREACHABLE'))).toBe(EXIT.unreachable);
  });
});

describe('wrapping of texts', () => {
  it('breaks between words, and leaves a long word whole', () => {
    expect(wrapTo('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapTo('a abcdefghij b', 4)).toEqual(['a', 'abcdefghij', 'b']);
    expect(wrapTo('', 4)).toEqual(['']);
  });

  it('counts columns, not letters', () => {
    expect(wrapTo('漢字 漢字', 5)).toEqual(['漢字', '漢字']);
  });
});
