import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names the folder in which every step of a run leaves its counts; `.ci/run` sets it. */
const FOLDER_VARIABLE = 'WARD_TEST_RESULTS';

/** Counts of one step, named as vitest's JSON reporter names them. */
export interface StepCounts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** False as well when a file could not be loaded and so has no test that failed. */
  readonly success: boolean;
}

/** Where a step leaves its counts; undefined when nobody collects them. */
export function resultFile(step: string): string | undefined {
  const folder = process.env[FOLDER_VARIABLE];
  return folder && join(folder, `${step}-${process.pid}.json`);
}

/** Leaves the verdict of a step that has no tests of its own, such as the type check. */
export function saveVerdict(step: string, hasPassed: boolean): void {
  const file = resultFile(step);
  if (file === undefined) return;
  const counts: StepCounts = {
    numPassedTests: hasPassed ? 1 : 0,
    numFailedTests: hasPassed ? 0 : 1,
    numPendingTests: 0,
    numTodoTests: 0,
    success: hasPassed,
  };
  writeFileSync(file, JSON.stringify(counts));
}

/** Counts of all steps, read from the folder that they were left in. */
export function loadCounts(folder: string): StepCounts[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as StepCounts);
}
