import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { word } from '@ward/protocol';
import { type Answer, ScriptedPrompter } from '@ward/testkit/memory-terminal';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, describe, expect, it } from 'vitest';
import { Ask } from './ask.ts';

const folder = mkdtempSync(join(tmpdir(), 'ward-ask-'));
afterAll(() => rmSync(folder, { recursive: true }));

function ask(answers: readonly Answer[], environment: { [name: string]: string } = {}) {
  const prompter = new ScriptedPrompter(answers);
  return { ask: new Ask({ isInteractive: true, prompter, environment }), prompter };
}

const nobody = (environment = {}) =>
  new Ask({ isInteractive: false, prompter: new ScriptedPrompter(), environment });

const NEW = { file: undefined, isNew: true };
const LONG = 'correct horse battery';

describe('questions', () => {
  it('are asked of a person, and need their flag where nobody is there', async () => {
    expect(await ask(['Anna']).ask.text('Name', word('--name'))).toBe('Anna');
    expect(await codeOfAsync(() => nobody().text('Name', word('--name')))).toBe('FLAG_NEEDED');
  });

  it('end the command when the person stops it', async () => {
    const choices = [{ value: 1, label: 'one' }];
    const stopped = () => ask([undefined]).ask.choose('Which?', choices, word('--which'));
    expect(await codeOfAsync(stopped)).toBe('STOPPED');
  });

  it('go on only with a yes', async () => {
    const { ask: asking, prompter } = ask([true]);
    await asking.confirm('Sure?', { yes: false });
    expect(prompter.questions).toEqual(['Sure?']);
    const no = () => ask([false]).ask.confirm('Sure?', { yes: false });
    expect(await codeOfAsync(no)).toBe('NOT_CONFIRMED');
    await nobody().confirm('Sure?', { yes: true });
    const nobodyThere = () => nobody().confirm('Sure?', { yes: false });
    expect(await codeOfAsync(nobodyThere)).toBe('FLAG_NEEDED');
  });
});

describe('a passphrase', () => {
  it('comes from a file, without its last line break', async () => {
    const file = join(folder, 'passphrase');
    writeFileSync(file, `${LONG}\n`);
    expect(await nobody().passphrase('?', { file, isNew: true })).toBe(LONG);
  });

  it('comes from the environment, or from the person twice', async () => {
    expect(await nobody({ WARD_PASSPHRASE: LONG }).passphrase('?', NEW)).toBe(LONG);
    expect(await ask([LONG, LONG]).ask.passphrase('?', NEW)).toBe(LONG);
  });

  it('is asked once only where it is known', async () => {
    const { ask: asking, prompter } = ask(['short']);
    expect(await asking.passphrase('?', { file: undefined, isNew: false })).toBe('short');
    expect(prompter.questions).toHaveLength(1);
  });

  it.each([
    ['mistyped', [LONG, `${LONG}x`], 'PASSPHRASE_MISTYPED'],
    ['too short', ['abc', 'abc'], 'PASSPHRASE_WEAK'],
  ])('is refused when it is %s', async (_, answers, code) => {
    expect(await codeOfAsync(() => ask(answers).ask.passphrase('?', NEW))).toBe(code);
  });

  it('is missing where nobody gives it', async () => {
    expect(await codeOfAsync(() => nobody().passphrase('?', NEW))).toBe('PASSPHRASE_MISSING');
    const file = join(folder, 'none');
    const missing = () => nobody().passphrase('?', { file, isNew: false });
    expect(await codeOfAsync(missing)).toBe('FILE_NOT_FOUND');
  });
});
