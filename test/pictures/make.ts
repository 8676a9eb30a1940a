/**
 * The pictures of README.md, made from a real run: `npm run pictures`. Builds an image from the sample mirror, changes a comment, asks why,
 * verifies, and draws what the commands printed; then photographs the page of `aib graph`. It changes nothing but docs/pictures/ and a
 * temporary folder.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { aibHome } from '../../src/util/files/home.ts';
import { removeTree } from '../../src/util/files/remove-tree.ts';
import { findOnPath } from '../../src/util/process/on-path.ts';
import { terminalSvg } from './terminal-svg.ts';

const IMAGE = '//aws/x86_64/uefi/tiny';
/** Lines about the machine that makes the pictures. */
const OF_THE_MACHINE = /^(?:\/dev\/kvm exists|not varied:).*\n/gm;

const folder = mkdtempSync(join(tmpdir(), 'aib-pictures-'));
const work = join(folder, 'images');
const pictures = join(aibHome(), 'docs/pictures');

function run(words: readonly string[], cwd = work): { readonly command: string; readonly output: string } {
  // One shell, so that the lines of both outputs stay in order.
  const asked = spawnSync('sh', ['-c', 'exec "$@" 2>&1', 'sh', join(aibHome(), 'aib'), ...words], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: undefined, AIB_CACHE: undefined },
  });
  process.stdout.write(`$ aib ${words.join(' ')}\n${asked.stdout}`);
  if (asked.status !== 0) throw new Error(`aib ${words.join(' ')} ended with ${asked.status}`);
  return {
    command: `aib ${words.join(' ')}`,
    output: asked.stdout.replaceAll(work, '~/images').replace(OF_THE_MACHINE, ''),
  };
}

async function graphPage(page: string, picture: string): Promise<void> {
  const executablePath = findOnPath('chromium') ?? findOnPath('chromium-browser');
  if (executablePath === undefined) throw new Error('missing: chromium (./setup --tests installs it)');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const tab = await browser.newPage({ viewport: { width: 1280, height: 560 }, colorScheme: 'light' });
    await tab.goto(pathToFileURL(page).href);
    await tab.getByRole('button', { name: /uefi\/tiny@3\.20:disk/ }).click();
    await tab.waitForTimeout(500);
    await tab.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
}

try {
  const { AIB_USERLAND: userland = '' } = process.env;
  run(['mirror', 'sample', join(folder, 'mirror'), ...(userland === '' ? [] : ['--userland', userland])], folder);
  for (const name of ['configs', 'scripts']) cpSync(join(aibHome(), name), join(work, name), { recursive: true });
  writeFileSync(join(work, 'aib.local.conf'), `mirror = "${join(folder, 'mirror')}"\n`);
  run(['build', IMAGE]);
  const unchanged = run(['build', IMAGE]);
  appendFileSync(join(work, 'scripts/setup-tiny'), '# a comment\n');
  const comment = run(['build', IMAGE]);
  const why = run(['why', `${IMAGE}:disk`]);
  const verified = run(['verify', `${IMAGE}:disk`]);
  mkdirSync(pictures, { recursive: true });
  const edit = { command: "echo '# a comment' >> scripts/setup-tiny", output: '' };
  const steps = [unchanged, edit, comment, why, verified];
  writeFileSync(join(pictures, 'terminal.svg'), terminalSvg('What aib prints', steps));
  const page = join(folder, 'graph.html');
  run(['graph', IMAGE, '-o', page]);
  await graphPage(page, join(pictures, 'graph.png'));
} finally {
  await removeTree(folder);
}
