import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generatePatients } from '@ward/sandbox/patients';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../repository.ts';
import { COMMAND_RULES, SANDBOX_START, type Treatment } from './command-runs.ts';
import { commandsOf } from './commands.ts';
import { loadPages } from './markdown.ts';
import { splitWords } from './split-words.ts';

const run = promisify(execFile);
const MS_MAX = 300_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'ward-documents-'));

/** Commands of all documents that are tried in a way, each once. */
function commandsTried(treatment: Treatment): string[] {
  const texts = loadPages()
    .flatMap(commandsOf)
    .map(({ text }) => text);
  const tried = texts.filter(
    (text) => COMMAND_RULES.find(({ matches }) => matches.test(text))?.treatment === treatment,
  );
  return [...new Set(tried)];
}

/** What `npm` in a command is here: the one that runs this test, silent as `.npmrc` has it. */
function start(command: string): { file: string; words: string[] } {
  const [first, ...words] = splitWords(inFolder(command));
  const script = process.env.npm_execpath;
  if (first !== 'npm' || script === undefined) return { file: first!, words };
  return { file: process.execPath, words: [script, ...words] };
}

/** Homes and files that documents name stand in a folder of this test. */
function inFolder(command: string): string {
  return command.replaceAll(/\b(try-ward|patient-1\.json)/g, (name) => join(folder, name));
}

async function runCommand(command: string): Promise<string> {
  const { file, words } = start(command);
  // Tests that a command runs are not counted with those around it.
  const env = { ...process.env, WARD_TEST_RESULTS: undefined };
  const options = { cwd: REPOSITORY, env, timeout: MS_MAX, maxBuffer: OUTPUT_BYTES_MAX };
  const { stdout } = await run(file, words, options);
  return stdout;
}

beforeAll(() => {
  const [patient] = generatePatients({ count: 1, seed: 3, today: '2026-11-01' });
  writeFileSync(join(folder, 'patient-1.json'), patient!.bundle);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('commands of documents', () => {
  it.each(commandsTried('run'))('%s ends well', async (command) => {
    await runCommand(command);
  });

  it.each(commandsTried('walk'))('%s walks, and every step holds', async (command) => {
    const told = await runCommand(command);
    if (!command.includes('--json')) expect(told).toMatch(/All 12 steps held/);
    else expect(JSON.parse(told).map(({ held }: { held: boolean }) => held)).not.toContain(false);
  });
});

describe('the sandbox of README.md', () => {
  let sandbox: ChildProcess;
  let told = '';

  beforeAll(async () => {
    const { file, words } = start(SANDBOX_START);
    sandbox = spawn(file, words, { cwd: REPOSITORY, detached: true, stdio: ['ignore', 'pipe', 2] });
    const ended = once(sandbox, 'exit').then(() => 'ended');
    const isUp = new Promise((resolve) => {
      sandbox.stdout!.on('data', (piece) => {
        told += piece;
        if (told.includes('Ctrl-C ends it.')) resolve('up');
      });
    });
    expect(await Promise.race([isUp, ended]), told).toBe('up');
  });

  afterAll(async () => {
    const ended = once(sandbox, 'exit');
    process.kill(-sandbox.pid!, 'SIGINT');
    await ended;
  });

  it('answers each command that the document says to type, in its order', async () => {
    const commands = commandsTried('in-sandbox').filter((command) => command !== SANDBOX_START);
    expect(commands.length).toBeGreaterThan(4);
    for (const command of commands) expect(await runCommand(command), command).not.toBe('');
  });
});
