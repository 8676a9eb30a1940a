/**
 * How long a build with nothing to do takes, beside an empty node process: `node bench/null.ts [WORKSPACE LABEL…]`. Judges by ratios, never by
 * absolute times, and builds no disk: without arguments it takes what the sample mirror gives without QEMU.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aibHome } from '../src/util/home.ts';
import { homeCache } from '../src/util/home-cache.ts';

const ROUNDS = 20;
const LABELS = ['//iso/x86_64', '//aws/x86_64/uefi/tiny:overlay'];

const home = aibHome();
const launcher = join(home, 'aib');
const bundle = join(home, 'node_modules/.aib/start.cjs');

const [folder, ...labels] = process.argv.slice(2);
if (folder === undefined) {
  const made = makeWorkspace();
  try {
    measure(made, LABELS);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
} else {
  measure(folder, labels.length > 0 ? labels : ['//aws/x86_64/uefi/tiny']);
}

/** The runs take turns, so that whatever else the machine does falls on all of them alike. */
function measure(workspace: string, targets: readonly string[]): void {
  const words = ['build', ...targets];
  // The first builds what is not built yet; the second fills the compile cache.
  for (let round = 0; round < 2; round += 1) timed(workspace, launcher, words);
  const said = timed(workspace, launcher, words).stderr;
  if (!said.startsWith('up to date:')) throw new Error(`this is no null build: ${said}`);

  // As the launcher does it.
  const node = readFileSync(join(home, 'node_modules/.aib/node'), 'utf8').trim();
  const environment = { ...process.env, NODE_COMPILE_CACHE: join(home, 'node_modules/.aib/v8') };
  const contestants = [
    { name: 'node -e 0', run: () => timed(workspace, node, ['-e', '0']) },
    { name: 'node bundle', run: () => timed(workspace, node, [bundle, ...words], environment) },
    { name: './aib build', run: () => timed(workspace, launcher, words) },
  ].map(contestant => ({ ...contestant, times: [] as number[] }));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { run, times } of contestants) times.push(run().milliseconds);

  const base = median(contestants[0]?.times ?? []);
  process.stdout.write(`aib build ${targets.join(' ')}: ${ROUNDS} runs each\n             median     min  ratio\n`);
  for (const { name, times } of contestants) {
    const columns = [median(times).toFixed(1), Math.min(...times).toFixed(1), (median(times) / base).toFixed(2)];
    process.stdout.write(`${name.padEnd(11)}${columns.map(text => text.padStart(8)).join('')}\n`);
  }
}

function timed(
  cwd: string,
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): { readonly milliseconds: number; readonly stderr: string } {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, words, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}: ${stderr}`);
  return { milliseconds, stderr };
}

function makeWorkspace(): string {
  const mirror = ['sample', 'sample-with-userland'].map(name => join(homeCache(), name)).find(path => existsSync(path));
  if (mirror === undefined)
    throw new Error(`no sample mirror: ${launcher} mirror sample ${join(homeCache(), 'sample')}`);
  const made = mkdtempSync(join(tmpdir(), 'aib-bench-'));
  for (const name of ['configs', 'scripts']) cpSync(join(home, name), join(made, name), { recursive: true });
  writeFileSync(join(made, 'aib.local.conf'), `mirror = "${mirror}"\n`);
  return made;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
