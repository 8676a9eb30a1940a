/**
 * Puts faults into a copy of the code, one at a time, and runs the tests that must detect them. Never changes the checkout itself.
 *
 *     npm run mutate                          the faults of the list
 *     npm run mutate -- FILE [TESTS…]         small mistakes in one source, made by rules; TESTS are files or folders
 *
 * Reports which were not detected. All faults of the list must be detected; some mistakes by rule have no effect, so for them 90 % is
 * enough.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { aibHome } from '../../src/util/files/home.ts';
import { FAULTS } from './faults.ts';
import { mutantsOf } from './mutants.ts';

/** One change of one file, and the tests that must detect it. */
interface Trial {
  readonly words: string;
  readonly file: string;
  readonly text: string;
  readonly tests: readonly string[];
}

const LONGEST_MS = 300_000;

const home = aibHome();
const [file, ...tests] = process.argv.slice(2);
const trials = file === undefined ? ofTheList() : byRule(file, tests.length > 0 ? tests : testsOf(file));
const wanted = file === undefined ? 1 : 0.9;

const copy = mkdtempSync(join(tmpdir(), 'aib-mutate-'));
let noticed = 0;
try {
  copyCheckout();
  for (const [index, trial] of trials.entries()) {
    const isNoticed = tryOne(trial);
    if (isNoticed) noticed += 1;
    process.stdout.write(`${index + 1}/${trials.length} ${isNoticed ? 'noticed' : 'NOT NOTICED'}: ${trial.words}\n`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`${noticed} of ${trials.length} faults noticed\n`);
process.exitCode = noticed >= trials.length * wanted ? 0 : 1;

function ofTheList(): readonly Trial[] {
  return FAULTS.map(({ what, file: path, from, to, tests: named }) => {
    const text = readFileSync(join(home, path), 'utf8').replace(from, () => to);
    return { words: what, file: path, text, tests: named };
  });
}

function byRule(path: string, named: readonly string[]): readonly Trial[] {
  return mutantsOf(readFileSync(join(home, path), 'utf8')).map(({ line, from, to, text }) => {
    return { words: `${path}:${line}: ${from} → ${to === '' ? '(nothing)' : to}`, file: path, text, tests: named };
  });
}

/** The tests in the source's folder. */
function testsOf(path: string): readonly string[] {
  const [, room = ''] = path.split('/');
  return [`src/${room}`, `test/${room}`].filter(folder => existsSync(join(home, folder)));
}

/** Copies all tracked and new files that git does not ignore, with the packages. */
function copyCheckout(): void {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = spawnSync('git', list, { cwd: home, encoding: 'utf8' });
  for (const path of stdout.split('\0').filter(each => each !== '' && existsSync(join(home, each))))
    cpSync(join(home, path), join(copy, path));
  // Hard links, not one symbolic link: an installation of packages in the copy would empty the target of the link.
  spawnSync('cp', ['-al', join(home, 'node_modules'), copy]);
}

function tryOne({ words, file: path, text, tests: named }: Trial): boolean {
  const before = readFileSync(join(copy, path), 'utf8');
  writeFileSync(join(copy, path), text);
  const vitest = [join(copy, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', '--bail=1', ...named];
  try {
    const run = spawnSync(process.execPath, vitest, {
      cwd: copy,
      encoding: 'utf8',
      timeout: LONGEST_MS,
      maxBuffer: 1 << 28,
    });
    // An endless loop counts as detected, too.
    if (run.error !== undefined && 'code' in run.error && run.error.code === 'ETIMEDOUT') return true;
    if (run.error !== undefined) throw run.error;
    if (!/^ *Tests? /m.test(stripVTControlCharacters(run.stdout)))
      throw new Error(`${words}: no tests ran\n${run.stdout}${run.stderr}`);
    return run.status !== 0;
  } finally {
    writeFileSync(join(copy, path), before);
  }
}
