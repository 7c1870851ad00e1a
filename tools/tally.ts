import { loadCounts, type StepCounts } from './results.ts';

/**
 * One line over all steps. A step that failed without a failed test (a file that could not be
 * loaded, a crash) counts as one failure.
 *
 * @example tally([…]) // '812 passed, 0 failed, 3 skipped'
 */
export function tally(steps: readonly StepCounts[]): string {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const step of steps) {
    passed += step.numPassedTests;
    failed += step.success ? step.numFailedTests : Math.max(1, step.numFailedTests);
    skipped += step.numPendingTests + step.numTodoTests;
  }
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

if (import.meta.main) process.stdout.write(`${tally(loadCounts(process.argv[2]!))}\n`);
