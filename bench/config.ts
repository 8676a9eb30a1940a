/**
 * How long it takes to resolve a whole matrix, beside an empty node process: `node bench/config.ts [WORD…]`, where the words are those of `aib
 * config`. Judges by ratios, never by absolute times. Without words it takes the tree that comes with aib,
 * with every version that it speaks of: bench/releases.json has made-up dates for them, so that none has come to its end.
 */
import { join } from 'node:path';
import { aibHome } from '../src/util/files/home.ts';
import { EMPTY_NODE, ratioTable, takeTurns, timed } from './harness.ts';

const ROUNDS = 20;

const home = aibHome();
const launcher = join(home, 'aib');
const given = process.argv.slice(2);
const standard = ['//...@all', '--configs', join(home, 'configs'), '--releases', join(home, 'bench/releases.json')];
const words = ['config', ...(given.length > 0 ? given : standard)];

// The first makes the bundle and fills the compile cache.
const variants = timed(launcher, words).stdout.trim().split('\n').length - 1;
timed(launcher, words);

const timings = takeTurns(
  [EMPTY_NODE, { name: './aib config', run: () => timed(launcher, words).milliseconds }],
  ROUNDS,
);
process.stdout.write(`${variants} variants, ${ROUNDS} runs each, in ms\n`);
process.stdout.write(ratioTable(timings, timings.slice(0, 1)));
