// What `npm test` runs: types, style, then the fast tests. Everything is run, even when something
// before it failed, so that one run shows all there is to mend.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from './repository.ts';
import { saveVerdict } from './results.ts';
import { runVitest } from './vitest.ts';

const MS_PER_SECOND = 1000;

function runModule(script: string, options: readonly string[]): number {
  const path = join(REPOSITORY, 'node_modules', script);
  const done = spawnSync(process.execPath, [path, ...options], {
    cwd: REPOSITORY,
    stdio: 'inherit',
  });
  return done.status ?? 1;
}

interface Section {
  readonly name: string;
  readonly run: () => number | Promise<number>;
  /** vitest leaves its own counts. */
  readonly countsItself?: boolean;
}

const SECTIONS: readonly Section[] = [
  { name: 'types', run: () => runModule('typescript/bin/tsc', ['-b']) },
  {
    name: 'style',
    run: () => runModule('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']),
  },
  { name: 'tests', run: () => runVitest(['run']), countsItself: true },
];

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / MS_PER_SECOND).toFixed(1)} s`;
}

async function check(): Promise<number> {
  const startMs = performance.now();
  const failed: string[] = [];
  for (const section of SECTIONS) {
    const sectionMs = performance.now();
    console.log(`\n── ${section.name}`);
    const code = await section.run();
    if (code !== 0) failed.push(section.name);
    if (!section.countsItself) saveVerdict(section.name, code === 0);
    console.log(`   ${section.name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds(sectionMs)}`);
  }
  const verdict = failed.length === 0 ? 'all passed' : `FAILED: ${failed.join(', ')}`;
  console.log(`\n── ${verdict}, ${seconds(startMs)} in all`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await check();
