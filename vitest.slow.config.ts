import { defineConfig } from 'vitest/config';

const TWENTY_MINUTES_MS = 20 * 60 * 1000;

export default defineConfig({
  test: {
    include: ['{packages,tools,examples,bench}/**/*.slow.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: TWENTY_MINUTES_MS,
    hookTimeout: TWENTY_MINUTES_MS,
    passWithNoTests: true,
  },
});
