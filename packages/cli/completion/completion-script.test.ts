import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PROGRAM } from '../program.ts';
import { completionScript, SHELLS } from './completion-script.ts';
import { completionPlaces } from './completion-tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'ward-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));
const scripts = new Map(
  SHELLS.map((shell) => {
    const path = join(folder, shell);
    writeFileSync(path, completionScript(shell, PROGRAM));
    return [shell, path] as const;
  }),
);
const isInstalled = (shell: string) => spawnSync(shell, ['--version']).status === 0;

/** What bash offers behind some words. */
function offered(...words: string[]): string[] {
  const program = `source '${scripts.get('bash')}'
COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _ward; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const answer = execFileSync('bash', ['-c', program, 'bash', 'ward', ...words]);
  return answer.toString().split('\n').filter(Boolean);
}

describe.skipIf(!isInstalled('bash'))('completion for bash', () => {
  it.each([
    [['cons'], ['consent']],
    [['consent', 'gr'], ['grant']],
    [
      ['org', 'staff', ''],
      ['add', 'list', 'end'],
    ],
    [['consent', 'grant', '--purpose', 'TR'], ['TREAT']],
    [
      ['--output', ''],
      ['table', 'json'],
    ],
    [['wallet', 'show', '--output', 'j'], ['json']],
    [['consent', 'grant', 'general', '--units'], ['--units-per-opening']],
    [['wallet', 'show', '--ho'], ['--home']],
    [['consent', 'grant', '--for', ''], []],
  ])('offers behind %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  it('offers files where an option takes one', () => {
    expect(offered('wallet', 'backup', '--passphrase-file', `${folder}/ba`)).toEqual([
      join(folder, 'bash'),
    ]);
  });
});

describe('completion', () => {
  it.each(SHELLS)('knows every command and option in %s', (shell) => {
    const script = completionScript(shell, PROGRAM);
    for (const { path, commands, options } of completionPlaces(PROGRAM)) {
      for (const { word } of commands) expect(script, path).toContain(word);
      for (const { word } of options) {
        expect(script, path).toContain(shell === 'fish' ? `-l ${word.slice(2)}` : word);
      }
    }
  });

  it.skipIf(!isInstalled('zsh'))('is a script that zsh reads', () => {
    execFileSync('zsh', ['-n', scripts.get('zsh')!]);
  });

  it.skipIf(!isInstalled('fish'))('is a script that fish reads', () => {
    execFileSync('fish', ['--no-execute', scripts.get('fish')!]);
  });
});
