/** `npm run soak -- NAME`: one series of random tests, a hundred times as long as in a test run; without a name it lists the series. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const home = join(import.meta.dirname, '..');
// A series is a test file that takes its rounds from the tier.
const series = globSync('{src,test}/**/*.test.ts', { cwd: home })
  .filter(path => /^import \{.*\btimes\b.*\/tier\.ts';$/m.test(readFileSync(join(home, path), 'utf8')))
  .sort();
const [name, ...others] = process.argv.slice(2);
const chosen = series.find(path => basename(path, '.test.ts') === name);

if (chosen === undefined || others.length > 0) {
  const names = series.map(path => `  ${basename(path, '.test.ts').padEnd(18)}  ${path}\n`);
  process.stdout.write(`usage: npm run soak -- NAME\n${names.join('')}AIB_SEED=… repeats one that failed\n`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  const ended = spawnSync(join(home, 'node_modules/.bin/vitest'), ['run', chosen], {
    cwd: home,
    stdio: 'inherit',
    env: { ...process.env, AIB_TIER: 'soak' },
  });
  process.exitCode = ended.status ?? 1;
}
