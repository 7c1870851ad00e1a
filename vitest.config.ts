import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,tools,examples,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.slow.test.ts'],
    testTimeout: 30_000,
  },
});
