import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Most wait for disks and other processes much of the time: two, also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    include: ['{packages,tools,examples,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.{slow,network}.test.ts'],
    testTimeout: 30_000,
  },
});
