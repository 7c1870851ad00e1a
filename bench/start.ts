import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type BenchRow, boundedRow } from './bench-row.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const START_SECONDS_MAX = 60;
const INSTALL_SECONDS_MAX = 120;
const MS = 1000;
/** A script that does nothing: before it runs, what the lock file says is installed. */
const NOTHING = 'bench/bench-row.ts';
/** What is not in a clone. */
const LEFT_OUT = ['node_modules', 'dist', '.cache', '.git'];

/**
 * What somebody waits for who has just cloned the repository: the install from the lock file, and
 * then `npm start -- --once`, the whole walk over a network of processes, ended by its last step.
 */
export async function run(): Promise<BenchRow[]> {
  const clone = mkdtempSync(join(tmpdir(), 'ward-start-'));
  try {
    cpSync(REPOSITORY, clone, { recursive: true, filter: isKept });
    const bootstrap = ['tools/bootstrap.mjs', NOTHING];
    const installSeconds = await runFor(process.execPath, bootstrap, clone);
    if (!existsSync(join(clone, 'node_modules', '.bin', 'node'))) throw new Error('no pinned Node');
    const startSeconds = await runFor('npm', ['start', '--', '--once'], clone);
    return [
      boundedRow(
        { metric: 'start.walk', value: startSeconds, unit: 's' },
        { atMost: START_SECONDS_MAX },
      ),
      boundedRow(
        { metric: 'start.install', value: installSeconds, unit: 's' },
        { atMost: INSTALL_SECONDS_MAX },
      ),
    ];
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

function isKept(path: string): boolean {
  return !LEFT_OUT.includes(basename(path));
}

/** Runs a command, quietly. @returns Seconds until it had ended well. */
async function runFor(command: string, parameters: string[], cwd: string): Promise<number> {
  const startMs = performance.now();
  const child = spawn(command, parameters, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')} failed: ${said}`);
  return (performance.now() - startMs) / MS;
}
