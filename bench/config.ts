/**
 * How long it takes to resolve a whole matrix, beside an empty node process: `node bench/config.ts [WORD…]`, where the words are those of `aib
 * config`. Judges by ratios, never by absolute times. Without words it takes the tree of the tests, 198 variants in six dimensions.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aibHome } from '../src/util/home.ts';

const ROUNDS = 20;

const home = aibHome();
const launcher = join(home, 'aib');
const given = process.argv.slice(2);
const tests = join(home, 'test/config');
const standard = ['//...@all', '--configs', join(tests, 'matrix'), '--releases', join(tests, 'releases.json')];
const words = ['config', ...(given.length > 0 ? given : standard)];

// The first makes the bundle and fills the compile cache.
const variants = timed(launcher, words).stdout.trim().split('\n').length - 1;
timed(launcher, words);
const node = readFileSync(join(home, 'node_modules/.aib/node'), 'utf8').trim();
const contestants = [
  { name: 'node -e 0', run: () => timed(node, ['-e', '0']) },
  { name: './aib config', run: () => timed(launcher, words) },
].map(contestant => ({ ...contestant, times: [] as number[] }));

// The runs take turns, so that whatever else the machine does falls on all of them alike.
for (let round = 0; round < ROUNDS; round += 1)
  for (const { run, times } of contestants) times.push(run().milliseconds);

const base = median(contestants[0]?.times ?? []);
process.stdout.write(`${variants} variants, ${ROUNDS} runs each\n              median     min  ratio\n`);
for (const { name, times } of contestants) {
  const columns = [median(times).toFixed(1), Math.min(...times).toFixed(1), (median(times) / base).toFixed(2)];
  process.stdout.write(`${name.padEnd(12)}${columns.map(text => text.padStart(8)).join('')}\n`);
}

function timed(program: string, argv: readonly string[]): { readonly milliseconds: number; readonly stdout: string } {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(program, argv, { encoding: 'utf8' });
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')} ended with ${status}: ${stderr}`);
  return { milliseconds, stdout };
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
