import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/summary.ts';
import { tier } from './test/tier.ts';

const tags = [{ name: 'full', description: 'Takes long: belongs to ./run-tests --full alone' }];

// As ./aib runs Node, and for the same reason: without that a process may stand still.
const execArgv = ['--no-maglev', '--no-concurrent-sparkplug'];
// What aib says to systems that run builds is for those that test it.
const env = { GITHUB_ACTIONS: '', GITLAB_CI: '' };

// vitest wants its configuration as the default export.
// biome-ignore lint/style/noDefaultExport: vitest reads it so
export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    reporters: ['default', new SummaryReporter()],
    pool: 'forks',
    tags,
    ...(tier === 'first' ? { tagsFilter: ['!full'] } : {}),
    projects: [
      {
        // Measures ratios of times, for which nothing else may run.
        test: {
          name: 'alone',
          include: ['test/alone/*.test.ts'],
          tags,
          execArgv,
          env,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'unit',
          setupFiles: ['test/property-seed.ts'],
          include: [
            'src/**/*.test.ts',
            'test/*.test.ts',
            'test/{aws,engine,config,fakes,guest,mutation,outside,remote,torture}/**/*.test.ts',
          ],
          testTimeout: 60_000,
          tags,
          execArgv,
          env,
          // vitest would leave one processor of two idle, and runs a group of order 0 last if it has a single worker.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 2 },
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
          tags,
          execArgv,
          env,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // Sets up whole machines: mostly waits for the network and for packages to be unpacked, so both suites at once. In --full each
        // runs all tests, which keeps every processor busy by itself.
        test: {
          name: 'bare',
          include: ['test/bare/*.test.ts'],
          tags,
          execArgv,
          env,
          maxWorkers: tier === 'first' ? 2 : 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
