/** The package of `npm run package`: its contents, and that it works as an installation into which nothing can be written. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aibHome } from '../src/util/files/home.ts';
import { makeExampleProject } from './example-project.ts';
import { packageInto } from './pack-aib.ts';

/** Besides the files at its top. */
const FOLDERS = /^(?:configs|docs|man|program|scripts|src\/guest|src\/report|src\/sample\/files)\//;
const LABEL = '//aws/x86_64/uefi/tiny';
/** Has no account; the number is enough. */
const USER = 12_345;
const isRoot = process.getuid?.() === 0;

const folder = mkdtempSync(join(tmpdir(), 'aib-package-'));
const home = join(folder, 'lib/node_modules/aib');
const userHome = join(folder, 'home');
const project = makeExampleProject();
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+w', folder]);
  for (const path of [folder, project]) rmSync(path, { recursive: true, force: true });
});

let archive = '';
beforeAll(() => {
  archive = packageInto(join(folder, 'one'));
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', home]);
  // What npm would install.
  for (const name of Object.keys(manifest().dependencies))
    cpSync(join(aibHome(), 'node_modules', name), join(home, 'node_modules', name), { recursive: true });
  // Copied, because the other user may not be able to read the checkout.
  for (const name of Object.keys(manifest().optionalDependencies))
    if (existsSync(join(aibHome(), 'node_modules', name)))
      cpSync(join(aibHome(), 'node_modules', name), join(home, 'node_modules', name), { recursive: true });
  mkdirSync(userHome);
  chmodSync(folder, 0o755);
  execFileSync('chmod', ['-R', 'a+rX,a-w', home]);
  // Root may write anywhere, so another user runs the commands.
  if (isRoot) execFileSync('chown', ['-R', `${USER}:${USER}`, project, userHome]);
}, 60_000);

function manifest(): { readonly dependencies: Record<string, string>; readonly optionalDependencies: object } {
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
}

function files(): readonly string[] {
  const names = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
  return names.map(name => name.replace(/^package\//, ''));
}

const environment = { ...process.env, HOME: userHome, XDG_CACHE_HOME: undefined, AIB_CACHE: undefined };

/** As a user who cannot write into the installation. */
function installed(words: readonly string[], cwd: string) {
  const own = [join(home, 'aib'), ...words];
  const other = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', ...own];
  const [program = '', ...rest] = isRoot ? other : own;
  return spawnSync(program, rest, { cwd, env: environment, encoding: 'utf8' });
}

test('has the programs, the guest, configs, scripts and documents, and nothing else', () => {
  const names = files();
  expect(names.filter(name => name.includes('/') && !FOLDERS.test(name))).toEqual([]);
  expect(names.filter(name => !name.includes('/'))).toEqual([
    ...['CHANGELOG.md', 'LICENSE', 'LICENSES.txt', 'README.md', 'aib'],
    ...['npm-shrinkwrap.json', 'package.json', 'setup'],
  ]);
  expect(names.filter(name => /\.test\.ts$|\.map$|\.ts$/.test(name))).toEqual([]);
  for (const name of ['program/start.cjs', 'program/drive.mjs', 'src/guest/init', 'configs/images.conf'])
    expect(names).toContain(name);
});

test('has no file that git does not track', context => {
  if (!existsSync(join(aibHome(), '.git'))) return context.skip('this is no checkout of git');
  const tracked = new Set(execFileSync('git', ['ls-files'], { cwd: aibHome(), encoding: 'utf8' }).split('\n'));
  const own = /^(?:program\/|man\/|npm-shrinkwrap\.json$|LICENSES\.txt$)/;
  expect(files().filter(name => !own.test(name) && !tracked.has(name))).toEqual([]);
});

test('is the same, byte for byte, when it is made again', () => {
  const again = packageInto(join(folder, 'two'));
  expect(readFileSync(again).equals(readFileSync(archive))).toBe(true);
});

test('requires only packages that the lock names, and has the licences of those that it contains', () => {
  const lock = JSON.parse(readFileSync(join(home, 'npm-shrinkwrap.json'), 'utf8'));
  const { dependencies, optionalDependencies } = manifest();
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies }))
    expect(lock.packages[`node_modules/${name}`].integrity).toMatch(/^sha512-/);
  expect(Object.keys(dependencies)).not.toContain('@aws-sdk/client-ec2');
  expect(readFileSync(join(home, 'LICENSES.txt'), 'utf8')).toMatch(/^@aws-sdk\/client-ec2 \S+ \(Apache-2\.0\)$/m);
});

test('works where nothing can be written into it, and has the keys of a checkout', () => {
  const before = state();
  expect(installed(['--version'], project).stdout).toMatch(/^aib\/\d/);
  expect(installed(['ls'], project)).toMatchObject({ status: 0, stdout: expect.stringContaining(`${LABEL}@3.20`) });
  const found = installed(['query', `kind(disk, deps(${LABEL}))`], project);
  expect(found).toMatchObject({ status: 0, stdout: `${LABEL}@3.20:disk\n` });
  const made = installed(['init', 'mine'], userHome);
  expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining('      aib build //nocloud') });
  expect(installed(['config', '--check'], join(userHome, 'mine'))).toMatchObject({ status: 0 });
  const built = installed(['build', `${LABEL}:overlay`], project);
  expect(built.status, built.stderr).toBe(0);
  const own = installed(['action', `${LABEL}:overlay`], project);
  const ours = spawnSync(join(aibHome(), 'aib'), ['action', `${LABEL}:overlay`], { cwd: project, encoding: 'utf8' });
  expect(own).toMatchObject({ status: 0, stdout: ours.stdout });
  const page = installed(['graph', LABEL, '-o', join(userHome, 'graph.html')], project);
  expect(page.status, page.stderr).toBe(0);
  expect(installed(['doctor'], project).stdout).not.toContain('./setup');
  expect(state()).toEqual(before);
}, 60_000);

/** Every file of the installation with its size and times. */
function state(): readonly string[] {
  return globSync(['**/*', '**/.*'], { cwd: home })
    .sort()
    .map(path => {
      const { size, mtimeMs, ctimeMs } = lstatSync(join(home, path));
      return [path, size, mtimeMs, ctimeMs].join(' ');
    });
}
