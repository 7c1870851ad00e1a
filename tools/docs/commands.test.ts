import { ArgumentReader, PROGRAM } from '@ward/cli';
import { describe, expect, it } from 'vitest';
import { COMMAND_RULES } from './command-runs.ts';
import { commandsOf } from './commands.ts';
import { loadPages, parsePage } from './markdown.ts';
import { splitWords } from './split-words.ts';

const commands = loadPages().flatMap(commandsOf);

/** `ward` reads the line; one with places for the reader to fill in must have its help. */
function isRead(text: string): boolean {
  const words = splitWords(text.replace(/^(npm run ward --|ward) /, ''));
  const isSynopsis = words.some((word) => /^[[<A-Z]|…|\.\.\.$/.test(word));
  const path = words.slice(
    0,
    words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word)),
  );
  try {
    new ArgumentReader(PROGRAM).read(isSynopsis ? [...path, '--help'] : words);
    return true;
  } catch {
    return false;
  }
}

describe('commands in documents', () => {
  it('are all run by a test, or have a reason why not', () => {
    expect(commands.length).toBeGreaterThan(10);
    const unknown = commands.filter(
      ({ text }) => !COMMAND_RULES.some(({ matches }) => matches.test(text)),
    );
    expect(unknown).toEqual([]);
  });

  it('use every rule of how commands are tried', () => {
    const used = new Set(
      commands.map(({ text }) => COMMAND_RULES.find(({ matches }) => matches.test(text))),
    );
    const idle = COMMAND_RULES.filter((rule) => !used.has(rule));
    expect(idle.map(({ matches }) => String(matches))).toEqual([]);
  });

  it('are command lines that ward reads', () => {
    const ward = commands.filter(({ text }) => /^(npm run ward --|ward) /.test(text));
    const madeUp = /org rename/;
    const unread = ward.filter(({ text }) => !madeUp.test(text) && !isRead(text));
    expect(ward.length).toBeGreaterThan(3);
    expect(unread).toEqual([]);
  });
});

describe('finding commands', () => {
  const texts = (markdown: string) =>
    commandsOf(parsePage('page.md', markdown)).map(({ text, place }) => `${place} ${text}`);

  it('reads blocks of a shell without comments, and joins what a line continues', () => {
    const page = '```sh\n# first\nnpm test   # all\nward record list \\\n  --home x\n```\n';
    expect(texts(page)).toEqual(['page.md:3 npm test', 'page.md:4 ward record list --home x']);
  });

  it('reads what is typed on a console, not what it answers', () => {
    expect(texts('```console\n$ npm start\nAll held\n```')).toEqual(['page.md:2 npm start']);
  });

  it('reads commands in sentences, and no other code', () => {
    const page = 'Run `npm test`, see `ward.consent.grant`, `ward` and `npm`; `ward record list`.';
    expect(texts(page)).toEqual(['page.md:1 npm test', 'page.md:1 ward record list']);
  });

  it('leaves other blocks alone', () => {
    expect(texts('```ts\nnpm test\n```\n```\nnpm test\n```')).toEqual([]);
  });
});
