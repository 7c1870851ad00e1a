import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const TWENTY_MINUTES_MS = 20 * 60 * 1000;

export default defineConfig({
  test: {
    // Most wait for disks and other processes much of the time: two, also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    include: ['{packages,tools,examples,bench}/**/*.slow.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: TWENTY_MINUTES_MS,
    hookTimeout: TWENTY_MINUTES_MS,
    passWithNoTests: true,
  },
});
