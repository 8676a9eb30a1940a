import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/summary.ts';

// vitest wants its configuration as the default export.
// biome-ignore lint/style/noDefaultExport: vitest reads it so
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    reporters: ['default', new SummaryReporter()],
    testTimeout: 60_000,
    pool: 'forks',
  },
});
