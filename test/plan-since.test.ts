/** `aib plan --since REV` in a real git repository. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findOnPath } from '../src/util/process/on-path.ts';
import { makeExampleProject } from './example-project.ts';
import { runAib } from './run-aib.ts';

const AWS = [
  '//aws/x86_64/bios/tiny@3.19',
  '//aws/x86_64/uefi/tiny@3.19',
  '//aws/x86_64/bios/tiny@3.20',
  '//aws/x86_64/uefi/tiny@3.20',
];
const NOCLOUD = ['//nocloud/x86_64/uefi/tiny@3.19', '//nocloud/x86_64/uefi/tiny@3.20'];

interface Repository {
  readonly folder: string;
  readonly git: (...words: readonly string[]) => string;
  readonly edit: (name: string, change: (text: string) => string) => void;
  readonly since: (revision: string, ...words: readonly string[]) => ReturnType<typeof runAib>;
  /** Causes by image, for all images that are not the same. */
  readonly changes: (revision: string) => Promise<Record<string, readonly string[]>>;
}

/** The example project, committed; `below` is its folder in the repository. */
function repository(below = ''): Repository {
  const top = mkdtempSync(join(tmpdir(), 'aib-since-test-'));
  const made = makeExampleProject();
  onTestFinished(() => {
    for (const path of [top, made]) rmSync(path, { recursive: true, force: true });
  });
  const folder = join(top, below);
  cpSync(made, folder, { recursive: true });
  const git = (...words: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], {
      cwd: top,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'one');
  const since = (revision: string, ...words: readonly string[]) =>
    runAib(folder, ['plan', '--since', revision, ...words]);
  return {
    ...{ folder, git, since },
    edit: (name, change) => {
      const path = join(folder, name);
      const [before, after] = [readFileSync(path, 'utf8'), change(readFileSync(path, 'utf8'))];
      expect(after).not.toBe(before);
      writeFileSync(path, after);
    },
    changes: async revision => {
      const { stdout, stderr, code } = await since(revision, '--json');
      expect(code, stderr).toBe(0);
      const { changes } = JSON.parse(stdout) as { changes: { image: string; state: string; causes: string[] }[] };
      return Object.fromEntries(changes.map(({ image, state, causes }) => [image, [state, ...causes]]));
    },
  };
}

function all(images: readonly string[], ...words: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(images.map(image => [image, words]));
}

test('nothing changed: says so, and leaves the repository and the store as they are', async () => {
  const { folder, git, since } = repository();
  const before = [git('status', '--porcelain'), readFileSync(join(folder, '.git/index')).toString('hex')];
  const { code, stdout } = await since('main');
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^since main \([0-9a-f]{12}\): no image changes; 6 unchanged\n$/),
  ]);
  expect([git('status', '--porcelain'), readFileSync(join(folder, '.git/index')).toString('hex')]).toEqual(before);
  expect(existsSync(join(folder, '.cache'))).toBe(false);
});

test('a script, a setting of one cloud and a locked package: each image has its own causes', async () => {
  const { edit, git, changes, since } = repository();
  edit('scripts/setup-tiny', text => `${text}# a comment\n`);
  expect(await changes('main')).toEqual(all([...AWS, ...NOCLOUD], 'changed', 'scripts/setup-tiny changed'));
  git('commit', '-qam', 'two');
  expect(await changes('main')).toEqual({});
  edit('configs/images.conf', text => text.replace('nocloud {}', 'nocloud { motd.mine = "Hello" }'));
  expect(await changes('main')).toEqual(all(NOCLOUD, 'changed', 'settings changed: motd'));
  git('commit', '-qam', 'three');
  edit('aib.lock', text => text.replace('"version": "1.0-r0"', '"version": "1.1-r0"'));
  const { stdout } = await since('main');
  expect(stdout).toMatch(
    /^changed: .*@3\.19, .*@3\.19, .*@3\.19\n {2}because packages changed in the lock\n {2}alpine-base +1\.0-r0 +→ +1\.1-r0$/m,
  );
  // From the first commit on, everything counts.
  expect(
    Object.values(await changes('main~2'))
      .map(causes => causes.length)
      .sort(),
  ).toEqual([2, 2, 3, 3, 3, 4].sort());
});

test('variants that are new, and variants that are gone', async () => {
  const { edit, changes } = repository();
  edit('configs/images.conf', text =>
    text.replace('nocloud {}', 'oci {}').replace('EXCLUDE = [nocloud]', 'EXCLUDE = [oci]'),
  );
  expect(await changes('HEAD')).toEqual({
    ...all(['//oci/x86_64/uefi/tiny@3.19', '//oci/x86_64/uefi/tiny@3.20'], 'added'),
    ...all(NOCLOUD, 'removed'),
  });
});

test('labels and keys select; another branch counts from where this one left it', async () => {
  const { edit, git, changes, since } = repository();
  git('checkout', '-qb', 'mine');
  edit('scripts/setup', text => `${text}# mine\n`);
  git('commit', '-qam', 'mine');
  git('checkout', '-q', 'main');
  edit('scripts/setup-tiny', text => `${text}# theirs\n`);
  git('commit', '-qam', 'theirs');
  git('checkout', '-q', 'mine');
  expect((await changes('main'))['//aws/x86_64/uefi/tiny@3.20']).toHaveLength(3);
  expect((await changes('main...'))['//aws/x86_64/uefi/tiny@3.20']).toEqual(['changed', 'scripts/setup changed']);
  const { stdout } = await since('main...', '//nocloud/...@all', '--only', '3.20');
  expect(stdout).toMatch(/^changed: \/\/nocloud\/x86_64\/uefi\/tiny@3\.20$/m);
  expect(stdout).not.toContain('//aws');
});

test('a project below the top of its repository, with a lock that is not committed', async () => {
  const { folder, git, changes, since } = repository('images/alpine');
  git('rm', '-q', '--cached', 'images/alpine/aib.lock');
  git('commit', '-qm', 'no lock');
  appendFileSync(join(folder, 'scripts/setup'), '# x\n');
  expect(Object.keys(await changes('main'))).toHaveLength(6);
  expect((await since('main')).stdout).toContain('It has no lock');
});

test('Markdown is a table with the names of all images, which cannot be broken out of', async () => {
  const { folder, edit, since } = repository();
  mkdirSync(join(folder, 'scripts/|b|'));
  edit('configs/images.conf', text => text.replace('scripts = [setup]', 'scripts = [setup], motd.x = "| <b>"'));
  const { stdout } = await since('main', '--markdown');
  expect(stdout.split('\n')[0]).toMatch(/^\*\*since main \([0-9a-f]{12}\): images: 6 changed; 0 unchanged\*\*$/);
  expect(stdout).toMatch(/^\| changed \| 6 \| settings changed: motd \| {2}\|$/m);
  for (const image of [...AWS, ...NOCLOUD]) expect(stdout).toContain(`\n- \`${image}\`\n`);
});

describe('says in words', () => {
  test.each([
    ['nosuch', 'git does not know it'],
    ['--all', 'git does not know it'],
  ])('that %s is no revision', async (revision, said) => {
    const { folder } = repository();
    const ended = await runAib(folder, ['plan', `--since=${revision}`]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect(ended.stderr).toContain('AIB_REVISION');
  });

  test('that the folder is in no repository, and that git is missing', async () => {
    const folder = makeExampleProject();
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const outside = await runAib(folder, ['plan', '--since', 'main'], { GIT_CEILING_DIRECTORIES: tmpdir() });
    expect(outside).toMatchObject({ code: 2, stderr: expect.stringContaining('not in a git repository') });
    const path = mkdtempSync(join(tmpdir(), 'aib-no-git-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    for (const name of ['sh', 'find', 'readlink', 'dirname', 'node'])
      execFileSync('ln', ['-s', findOnPath(name) ?? process.execPath, join(path, name)]);
    const without = await runAib(folder, ['plan', '--since', 'main'], { PATH: path });
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('git cannot be started') });
  });

  test('that a shallow clone does not have the revision', async () => {
    const { folder, edit, git } = repository();
    edit('scripts/setup', text => `${text}# two\n`);
    git('commit', '-qam', 'two');
    const first = git('rev-parse', 'HEAD~1').trim();
    const clone = mkdtempSync(join(tmpdir(), 'aib-shallow-'));
    onTestFinished(() => rmSync(clone, { recursive: true }));
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${folder}`, join(clone, 'it')], { stdio: 'ignore' });
    const ended = await runAib(join(clone, 'it'), ['plan', '--since', first]);
    expect(ended.stderr).toMatch(/this clone is shallow[\s\S]*git fetch --unshallow/);
  });

  test('that the revision has no project', async () => {
    const { git, since } = repository();
    const tree = git('mktree').trim();
    const commit = git('commit-tree', tree, '-m', 'nothing').trim();
    expect(await since(commit)).toMatchObject({ code: 2, stderr: expect.stringContaining('no configs/images.conf') });
  });
});
