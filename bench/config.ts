/**
 * The time to resolve a whole matrix, compared with an empty node process: `node bench/config.ts [WORD…]`, with the words of `aib config`.
 * Uses ratios, never absolute times. Without words it uses the configuration that comes with aib, with all its versions:
 * bench/releases.json has invented dates for them, so that none has reached its end of life.
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

// The first run makes the bundle and fills the compile cache.
const variants = timed(launcher, words).stdout.trim().split('\n').length - 1;
timed(launcher, words);

const timings = takeTurns(
  [EMPTY_NODE, { name: './aib config', run: () => timed(launcher, words).milliseconds }],
  ROUNDS,
);
process.stdout.write(`${variants} variants, ${ROUNDS} runs each, in ms\n`);
process.stdout.write(ratioTable(timings, timings.slice(0, 1)));
