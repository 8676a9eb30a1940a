/**
 * The time of a build with nothing to do, compared with an empty node process: `node bench/null.ts [WORKSPACE LABEL…]`. Uses ratios, never
 * absolute times, and builds no disk: without arguments it uses what can be built from the sample mirror without QEMU.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aibHome } from '../src/util/files/home.ts';
import { homeCache } from '../src/util/files/home-cache.ts';
import { EMPTY_NODE, launcherNode, ratioTable, takeTurns, timed } from './harness.ts';

const ROUNDS = 20;
const LABELS = ['//iso/3.20/x86_64', '//aws/x86_64/uefi/tiny:overlay'];

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

function measure(cwd: string, targets: readonly string[]): void {
  const words = ['build', ...targets];
  // The first run builds what is missing; the second fills the compile cache.
  for (let round = 0; round < 2; round += 1) timed(launcher, words, { cwd });
  const said = timed(launcher, words, { cwd }).stderr;
  if (!said.startsWith('up to date:')) throw new Error(`this is no null build: ${said}`);

  const timings = takeTurns(
    [
      EMPTY_NODE,
      { name: 'node bundle', run: () => timed(launcherNode(), [bundle, ...words], { cwd }).milliseconds },
      { name: './aib build', run: () => timed(launcher, words, { cwd }).milliseconds },
    ],
    ROUNDS,
  );
  process.stdout.write(`aib build ${targets.join(' ')}: ${ROUNDS} runs each, in ms\n`);
  process.stdout.write(ratioTable(timings, timings.slice(0, 1)));
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
