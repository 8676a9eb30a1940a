/**
 * One store with several projects and several users. The users are only unused user ids, which is enough for the kernel, so the accounts of
 * this machine are never changed.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, type TestContext, test } from 'vitest';
import { aibHome } from '../src/util/files/home.ts';
import { testFolder } from '../src/util/files/test-folder.ts';
import { makeExampleProject } from './example-project.ts';
import type { Ended } from './run-aib.ts';

const OVERLAY = '//aws/x86_64/uefi/tiny:overlay';
/** Their common group; each user also has a group with the user's number. */
const GROUP = 64_100;
const STRANGE_GROUP = 64_101;

// Other users cannot create or update the bundle.
beforeAll(() => void spawnSync(join(aibHome(), 'aib'), ['--version']));

interface User {
  readonly workspace: string;
  readonly aib: (...words: readonly string[]) => Promise<Ended>;
}

function makeStorePlace(): string {
  const folder = testFolder('shared');
  chmodSync(folder, 0o777);
  return join(folder, 'store');
}

/** A user with a project, which has `text` in the script of its overlays. */
function makeUser(uid: number, text: string, { umask = '022', group = GROUP } = {}): User {
  const workspace = realpathSync(makeExampleProject());
  onTestFinished(() => rmSync(workspace, { recursive: true, force: true }));
  appendFileSync(join(workspace, 'scripts/setup'), `# ${text}\n`);
  const isSelf = uid === process.getuid?.();
  if (!isSelf) give(workspace, uid);
  const run = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', join(aibHome(), 'aib')];
  const as = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, `--groups=${uid},${group}`, ...run];
  return {
    workspace,
    aib: (...words) => {
      const environment = { ...process.env, HOME: workspace, XDG_CACHE_HOME: join(workspace, '.home') };
      return runIn(workspace, [...(isSelf ? run : as), ...words], environment);
    },
  };
}

function give(path: string, uid: number): void {
  chownSync(path, uid, uid);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) give(join(path, name), uid);
}

function runIn(cwd: string, [program = '', ...words]: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      stdout += more;
    });
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      stderr += more;
    });
    child.once('error', reject).once('close', code => resolve({ code, stdout, stderr }));
  });
}

/** Everything below the folder, with owner and mode. */
function rights(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map(name => {
      const { mode, uid, gid } = lstatSync(join(folder, name));
      return `${name} ${(mode & 0o7777).toString(8)} ${uid} ${gid}`;
    });
}

/** Paths that the group cannot write, or that do not pass on the group; files that are always replaced need not be writable. */
function notTheGroups(folder: string): readonly string[] {
  return ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].filter(name => {
    const stats = lstatSync(join(folder, name));
    if (stats.gid !== GROUP) return true;
    if (stats.isDirectory()) return (stats.mode & 0o2070) !== 0o2070;
    const wanted = name.startsWith('blobs/') ? 0o040 : 0o060;
    return stats.isFile() && (stats.mode & wanted) !== wanted;
  });
}

function skipWithoutUsers(context: TestContext): void {
  if (process.getuid?.() !== 0) context.skip('only root may run commands as other users');
  if (spawnSync('setpriv', ['--version']).status !== 0) context.skip('no setpriv here');
  const canRead = ['--reuid=64001', '--clear-groups', 'test', '-r', join(aibHome(), 'aib')];
  if (spawnSync('setpriv', canRead).status !== 0) context.skip('other users cannot read this checkout');
}

test('two projects build in one store, and each question says whose something is', async () => {
  const store = makeStorePlace();
  const uid = process.getuid?.() ?? 0;
  const [one, two] = [makeUser(uid, 'of one'), makeUser(uid, 'of two')].map(user => ({
    ...user,
    aib: (...words: readonly string[]) =>
      runIn(user.workspace, [join(aibHome(), 'aib'), ...words, '--cache', store], process.env),
  })) as [User, User];
  expect((await one.aib('build', OVERLAY)).code).toBe(0);
  expect((await one.aib('du')).stdout).not.toContain(one.workspace);
  const first = await two.aib('build', OVERLAY, '--explain');
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('never built here') });
  // Neither has to build again, although the store contains no more than necessary.
  expect(await two.aib('gc', '--max-size', '0')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^removed nothing/),
  });
  for (const project of [one, two]) {
    rmSync(join(store, 'snapshots'), { recursive: true });
    expect((await project.aib('build', OVERLAY, '--expect-cached')).code).toBe(0);
  }
  const list = (await one.aib('log')).stdout.split('\n');
  expect(list[0]).toMatch(/took +project +command$/);
  expect(list.slice(1).map(line => [one, two].findIndex(({ workspace }) => line.includes(workspace)))).toEqual([
    1, 0, 1, 0, -1,
  ]);
  expect((await two.aib('log', 'critical-path')).stdout).toMatch(/^run 2 /);
  expect((await one.aib('log', 'critical-path')).stdout).toMatch(/^run 1 /);
  const { projects } = JSON.parse((await two.aib('du', '--json')).stdout) as { projects: readonly { name: string }[] };
  expect(projects.map(({ name }) => name).toSorted()).toEqual([one.workspace, two.workspace].toSorted());
});

test('a second user is told at once whose the store is, and leaves it as it was', async context => {
  skipWithoutUsers(context);
  const store = makeStorePlace();
  const [owner, other] = [makeUser(64_001, 'mine'), makeUser(64_002, 'theirs')];
  expect((await owner.aib('build', OVERLAY, '--cache', store)).code).toBe(0);
  const before = rights(store);
  for (const words of [['build', OVERLAY], ['gc'], ['fsck']]) {
    const refused = await other.aib(...words, '--cache', store);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('belongs to user 64001 and is not writable for this user [AIB_STORE_OWNER]');
    expect(refused.stderr).toContain('cache_shared = group');
    expect(refused.stderr.split('\n').length).toBeLessThan(7);
  }
  expect(rights(store)).toEqual(before);
  expect(await other.aib('log', '--cache', store)).toMatchObject({ code: 0, stdout: expect.stringContaining(OVERLAY) });
  // A single path of another user is found before anything starts, at any depth.
  for (const path of readdirSync(store, { recursive: true, encoding: 'utf8' })) chmodSync(join(store, path), 0o777);
  chmodSync(store, 0o777);
  const [folder = ''] = readdirSync(join(store, 'blobs'));
  chmodSync(join(store, 'blobs', folder), 0o755);
  const refused = await other.aib('build', OVERLAY, '--cache', store);
  expect(refused.stderr).toContain(join(store, 'blobs', folder));
  chmodSync(join(store, 'blobs', folder), 0o777);
  expect((await other.aib('build', OVERLAY, '--cache', store)).code).toBe(0);
});

test('who cannot even read it is told whom to ask', async context => {
  skipWithoutUsers(context);
  const store = makeStorePlace();
  const [owner, other] = [makeUser(64_001, 'mine', { umask: '077' }), makeUser(64_002, 'theirs')];
  expect((await owner.aib('build', OVERLAY, '--cache', store)).code).toBe(0);
  const refused = await other.aib('log', '--cache', store);
  expect(refused.stderr).toContain('[AIB_STORE_OPEN]');
  expect(refused.stderr).toContain('ask user 64001 to set cache_shared = group');
});

test.for([
  ['by a line of its owner', 0o770, 'cache_shared = group\n'],
  ['by its rights alone', 0o2770, ''],
] as const)(
  'users of one group build in a store that is shared %s, whatever their umask',
  async ([, mode, line], context) => {
    skipWithoutUsers(context);
    const store = makeStorePlace();
    mkdirSync(store);
    chownSync(store, 64_001, GROUP);
    chmodSync(store, mode);
    const owner = makeUser(64_001, 'mine', { umask: '077' });
    const other = makeUser(64_002, 'theirs', { umask: '077' });
    appendFileSync(join(owner.workspace, 'aib.local.conf'), line);
    const build = async ({ aib }: User, ...more: readonly string[]): Promise<void> =>
      expect(await aib('build', OVERLAY, '--cache', store, ...more)).toMatchObject({ code: 0 });
    await build(owner);
    expect(notTheGroups(store)).toEqual([]);
    await build(other);
    expect(notTheGroups(store)).toEqual([]);
    for (const user of [owner, other]) {
      appendFileSync(join(user.workspace, 'scripts/setup'), '# more\n');
      await build(user);
      expect((await user.aib('gc', '--max-size', '0', '--cache', store)).code).toBe(0);
      expect((await user.aib('fsck', '--deep', '--cache', store)).code).toBe(0);
    }
    // A database that one of them creates again also belongs to the group.
    writeFileSync(join(store, 'aib.db'), 'x'.repeat(5_000));
    for (const user of [other, owner]) {
      rmSync(join(store, 'snapshots'), { recursive: true });
      await build(user, '--expect-cached');
    }
    expect(notTheGroups(store)).toEqual([]);
    const stranger = makeUser(64_003, 'strange', { group: STRANGE_GROUP });
    const refused = await stranger.aib('build', OVERLAY, '--cache', store);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('[AIB_STORE_OWNER]') });
    expect(refused.stderr).toContain(`join group ${GROUP}`);
  },
);

test("a store that was one user's becomes the group's by the next build, also one that has nothing to do", async context => {
  skipWithoutUsers(context);
  const store = makeStorePlace();
  mkdirSync(store);
  chownSync(store, 64_001, GROUP);
  chmodSync(store, 0o2755);
  const [owner, other] = [makeUser(64_001, 'mine'), makeUser(64_002, 'theirs')];
  expect((await owner.aib('build', OVERLAY, '--cache', store)).code).toBe(0);
  expect((await other.aib('build', OVERLAY, '--cache', store)).stderr).toContain('[AIB_STORE_OWNER]');
  appendFileSync(join(owner.workspace, 'aib.local.conf'), 'cache_shared = "group" # all of us\n');
  expect((await owner.aib('build', OVERLAY, '--cache', store)).code).toBe(0);
  expect(notTheGroups(store)).toEqual([]);
  expect((await other.aib('build', OVERLAY, '--cache', store)).code).toBe(0);
});

test('a group that the owner is not in, and a word that is none, are told', async context => {
  skipWithoutUsers(context);
  const store = makeStorePlace();
  mkdirSync(store);
  chownSync(store, 64_001, STRANGE_GROUP);
  chmodSync(store, 0o755);
  const owner = makeUser(64_001, 'mine');
  appendFileSync(join(owner.workspace, 'aib.local.conf'), 'cache_shared = group\n');
  const refused = await owner.aib('build', OVERLAY, '--cache', store);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`chgrp -R GROUP ${store}`) });
  writeFileSync(join(owner.workspace, 'aib.local.conf'), 'cache_shared = everybody\n');
  expect(await owner.aib('gc', '--cache', store)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('[AIB_CONFIG_VALUE]'),
  });
});

test("what a build as root left in a user's own store is told to that user, with the way back", async context => {
  skipWithoutUsers(context);
  const owner = makeUser(64_001, 'mine');
  expect((await owner.aib('build', OVERLAY)).code).toBe(0);
  appendFileSync(join(owner.workspace, 'scripts/setup'), '# more\n');
  const root = await runIn(owner.workspace, [join(aibHome(), 'aib'), 'build', OVERLAY], process.env);
  expect(root.code).toBe(0);
  const store = join(owner.workspace, '.cache');
  expect(existsSync(store)).toBe(true);
  appendFileSync(join(owner.workspace, 'scripts/setup'), '# still more\n');
  const refused = await owner.aib('build', OVERLAY);
  expect(refused.stderr).toContain('belongs to root');
  expect(refused.stderr).toContain(`take ownership: sudo chown -R 64001:64001 ${store}`);
});
