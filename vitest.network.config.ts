import { defineConfig } from 'vitest/config';

const HOUR_MS = 3600 * 1000;

export default defineConfig({
  test: {
    // Each file has four nodes and their clients: one file at a time is enough for any machine.
    fileParallelism: false,
    include: ['packages/**/*.network.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: HOUR_MS,
    hookTimeout: HOUR_MS,
    disableConsoleIntercept: true,
  },
});
