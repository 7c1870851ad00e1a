// Draws docs/walk.svg from a walk that is really walked: `node tools/bootstrap.mjs
// tools/docs/walk-picture.ts`. Lines of detail are left out, so that it fits the first screen.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../repository.ts';
import { plainText, terminalPicture } from './terminal-picture.ts';

const TITLE = 'npm start: a network of seven organisations walks through twelve steps, all held';
const COMMAND = 'npm start -- --once';
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** The lines that a walk prints to a terminal with colours. */
function walkLines(): string[] {
  const done = spawnSync(
    process.execPath,
    [join(REPOSITORY, 'packages/cli/ward.ts'), 'sandbox', '--once'],
    {
      env: { ...process.env, FORCE_COLOR: '1' },
      encoding: 'utf8',
      maxBuffer: OUTPUT_BYTES_MAX,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (done.status !== 0) throw new Error('a step of the walk did not hold: nothing is drawn');
  return done.stdout.split('\n');
}

/** The steps and what was proved, without the folder of this machine and without details. */
function shownLines(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => /^✔ +1 /.test(plainText(line)));
  const shown: string[] = [];
  let isDetail = false;
  for (const line of lines.slice(first)) {
    const text = plainText(line);
    if (text.startsWith('      · ')) isDetail = true;
    else if (!text.startsWith('        ')) isDetail = false;
    if (!isDetail) shown.push(line);
  }
  return shown.join('\n').trim().split('\n');
}

const lines = [`\u001b[32m$\u001b[0m ${COMMAND}`, '', ...shownLines(walkLines())];
writeFileSync(join(REPOSITORY, 'docs', 'walk.svg'), terminalPicture(lines, TITLE));
