import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { REPOSITORY } from './repository.ts';
import { resultFile } from './results.ts';

/**
 * Starts vitest on the Node that runs this file.
 *
 * @param options Arguments of vitest's own, as in `['run', 'packages/protocol']`.
 * @returns Its exit code.
 */
export async function runVitest(options: readonly string[]): Promise<number> {
  const file = resultFile('vitest');
  const reporters =
    file === undefined
      ? []
      : ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = join(REPOSITORY, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, ...options, ...reporters], {
    cwd: REPOSITORY,
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

if (import.meta.main) process.exitCode = await runVitest(process.argv.slice(2));
