import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningWard, runWardProcess, startWard } from '@ward/testkit/ward-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ward-sandbox-test-'));
const home = join(folder, 'sandbox');
const MANIFEST = join(import.meta.dirname, '../../../package.json');
/** As `npm start` in a clone. */
const environment = { npm_lifecycle_event: 'start', npm_package_json: MANIFEST };
const STATUS_MARK = '\u001e';
let sandbox: RunningWard;
let told: string;

beforeAll(async () => {
  sandbox = startWard(['sandbox', '--home', home, '--patients', '2'], { environment });
  [told] = await sandbox.said(/^[\s\S]*Ctrl-C ends it\.\n/);
});
afterAll(async () => {
  await sandbox.end('SIGINT');
  rmSync(folder, { recursive: true });
});

/** Command lines that are printed to be tried: each is indented, and may go over several lines. */
function printedCommands(): string[] {
  const part = told.slice(told.indexOf('Try, in another terminal'));
  const lines = part.split('\n').filter((line) => line.startsWith('  '));
  return lines
    .join('\n')
    .replaceAll(/ \\\n +/g, ' ')
    .split('\n')
    .map((line) => line.trim());
}

/** Runs lines in one shell, as a person who copies them. */
function runInShell(lines: readonly string[]) {
  const path = join(folder, 'try.sh');
  const marked = lines.map((line) => `${line}\nprintf '${STATUS_MARK}%s${STATUS_MARK}' $?`);
  writeFileSync(path, `shopt -s expand_aliases\n${marked.join('\n')}\n`);
  // The shell finds the pinned Node, as npm would let it.
  const path0 = `${join(process.execPath, '..')}:${process.env.PATH}`;
  const { stdout } = spawnSync('bash', [path], {
    cwd: folder,
    env: { ...process.env, PATH: path0, WARD_CARRIER_DELAY_MS: '0' },
    maxBuffer: 64 * 1024 * 1024,
  });
  const pieces = stdout.toString().split(STATUS_MARK);
  return lines.map((line, i) => ({
    line,
    output: pieces[2 * i] ?? '',
    status: pieces[2 * i + 1] ?? 'not run',
  }));
}

describe('a sandbox that is up', { timeout: 240_000 }, () => {
  it('has walked every step, and lays out what each party holds', () => {
    expect(told).toContain('All 12 steps held');
    expect(readdirSync(home)).toEqual(
      expect.arrayContaining(['hospital-a', 'hospital-b', 'patients', 'registrar']),
    );
    expect(readdirSync(join(home, 'hospital-a'))).toEqual(
      expect.arrayContaining(['keys', 'node', 'vault', 'network.json']),
    );
  });

  it('prints commands that do what they say, as they stand', () => {
    const lines = printedCommands();
    expect(lines.length).toBeGreaterThan(12);
    const results = runInShell(lines);
    expect(results.map(({ line, status }) => `${status} ${line}`)).toEqual(
      lines.map((line) => `0 ${line}`),
    );
    const outputOf = (text: string) => results.find(({ line }) => line.startsWith(text))!.output;
    expect(outputOf('ward record list')).toMatch(/\d+ units, all in order\./);
    expect(outputOf('ward access open')).toContain('permitted by');
    expect(outputOf('ward access log')).toContain('TREAT, consultation');
    expect(outputOf('ward access verify')).toContain('complete and explained');
    expect(outputOf('ward ledger verify')).toContain('blocks verified');
  });

  it('ends in order with Ctrl-C, and opens again without a second walk', async () => {
    const { exitCode } = await sandbox.end('SIGINT');
    expect(exitCode).toBe(0);
    const again = await runWardProcess(['sandbox', '--home', home, '--once']);
    expect(again.errors).toContain('SANDBOX_WALKED');
    sandbox = startWard(['sandbox', '--home', home]);
    const [reopened] = await sandbox.said(/^[\s\S]*Ctrl-C ends it\.\n/);
    expect(reopened).toContain('opened again');
    expect((await sandbox.end('SIGTERM')).exitCode).toBe(0);
  });
});

describe('a sandbox for programs', { timeout: 240_000 }, () => {
  it('prints its steps as one JSON document, and ends', async () => {
    const { exitCode, output } = await runWardProcess(['sandbox', '--json', '--patients', '1']);
    const steps = JSON.parse(output) as { step: number; held: boolean }[];
    expect(steps.map(({ step, held }) => `${step} ${held}`)).toEqual(
      Array.from({ length: 12 }, (_, i) => `${i + 1} true`),
    );
    expect(exitCode).toBe(0);
  });
});
