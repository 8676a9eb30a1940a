import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/summary.ts';

// vitest wants its configuration as the default export.
// biome-ignore lint/style/noDefaultExport: vitest reads it so
export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    reporters: ['default', new SummaryReporter()],
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/*.test.ts', 'test/{engine,config,torture}/**/*.test.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Builds and boots real images on the sample mirror, so it comes when the processors are free.
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/sample.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
