/** Without a network: the copy of `aib mirror copy` is enough, and no other file of Alpine is requested. */
import { execFile, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { digestOfFile } from '../../src/store/content/digest.ts';
import { aibHome } from '../../src/util/files/home.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

const LABEL = '//nocloud/x86_64/uefi/tiny';
const LOCK = 'aib.sample.lock';

/** Requires a network namespace, which a container may not allow. */
const canIsolate = spawnSync('unshare', ['--net', 'true']).status === 0;

/** Runs aib in a network namespace with only a loopback device, which is down. */
function isolated({ folder }: TestWorkspace, ...words: readonly string[]) {
  return new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>(resolve => {
    const child = execFile(
      'unshare',
      ['--net', join(aibHome(), 'aib'), ...words],
      { cwd: folder, maxBuffer: 1 << 24 },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** Two workspaces with a link as their mirror, which can be removed. */
function makeSides(): {
  readonly near: TestWorkspace;
  readonly far: TestWorkspace;
  readonly dir: string;
  readonly cut: () => void;
} {
  const folder = testFolder('mirror-copy');
  const mirror = join(folder, 'mirror');
  symlinkSync(inject('sample'), mirror);
  const [near, far] = [makeWorkspace(mirror), makeWorkspace(mirror)];
  return { near, far, dir: join(folder, 'carried'), cut: () => unlinkSync(mirror) };
}

describe('a machine without a network', () => {
  it('builds the same image from a copy and the lock, with an empty cache', async context => {
    if (!canIsolate) return context.skip('this machine allows no network namespaces');
    const { near, far, dir, cut } = makeSides();
    const copied = await near.aib('mirror', 'copy', dir, LABEL);
    expect([copied.code, copied.stdout]).toEqual([0, `${dir}\n`]);
    expect(copied.stderr).toMatch(/^aib: \d+ files, \S+ MiB in \S+: \d+ files, \S+ MiB new$/m);
    cut();
    copyFileSync(near.path(LOCK), far.path(LOCK));
    const [original, alone] = await Promise.all([
      near.aib('build', LABEL, '--locked', '--mirror', inject('sample')),
      isolated(far, 'build', LABEL, '//firmware/x86_64', '--mirror', dir, '--locked'),
    ]);
    expect([original.code, alone.code, alone.stderr]).toEqual([0, 0, expect.stringMatching(/^done: \d+ actions run/m)]);
    const [image, other] = [alone.stdout.trim(), original.stdout.trim()];
    expect(image).not.toBe(other);
    expect(await digestOfFile(image)).toEqual(await digestOfFile(other));
    expect(readFileSync(far.path(LOCK), 'utf8')).toBe(readFileSync(near.path(LOCK), 'utf8'));
  });

  it('works out other packages from the indexes that came along, and an update finds nothing there', async () => {
    const { near, far, dir, cut } = makeSides();
    expect((await near.aib('mirror', 'copy', dir, LABEL)).code).toBe(0);
    cut();
    copyFileSync(near.path(LOCK), far.path(LOCK));
    const more = ['--mirror', dir, '--set', 'packages.mtools=true'];
    const locked = await far.aib('build', `${LABEL}:packages`, ...more, '--locked');
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringContaining('[AIB_NOT_LOCKED]')]);
    expect((await far.aib('build', `${LABEL}:packages`, ...more)).code).toBe(0);

    const lock = readFileSync(far.path(LOCK), 'utf8');
    const updated = await far.aib('update', '--mirror', dir);
    expect([updated.code, updated.stderr]).toEqual([1, expect.stringContaining('.iso.sha256')]);
    expect(readFileSync(far.path(LOCK), 'utf8')).toBe(lock);
  });
});

describe('aib mirror copy', () => {
  const workspace = makeWorkspace(inject('sample'));
  const copy = (...words: readonly string[]) => workspace.aib('mirror', 'copy', ...words);

  it('says in one object what is there and what came; sha256sum can check it on the other side', async () => {
    const dir = join(testFolder('mirror-copy'), 'new/folder');
    const first = await copy(dir, `${LABEL}:packages`, '--json');
    const answer = JSON.parse(first.stdout);
    expect(answer).toMatchObject({ folder: dir, fresh: { files: answer.files, bytes: answer.bytes }, damaged: [] });
    expect(answer).toMatchObject({ leftOut: [], stale: { files: 0, bytes: 0, removed: false } });
    const checked = spawnSync('sha256sum', ['--check', 'aib-copy.sha256'], { cwd: dir, encoding: 'utf8' });
    expect([checked.status, checked.stdout.split(': OK\n').length - 1]).toEqual([0, answer.files]);
    expect(readdirSync(dir)).toEqual(['aib-copy.sha256', 'sample.json', 'v3.20']);
    expect(existsSync(join(dir, 'v3.20/releases'))).toBe(false);
    expect(JSON.parse(readFileSync(join(dir, 'sample.json'), 'utf8'))).not.toHaveProperty('fingerprint');

    const again = await copy(dir, `${LABEL}:packages`, '--offline', '--locked', '--json');
    expect(JSON.parse(again.stdout)).toEqual({ ...answer, fresh: { files: 0, bytes: 0 } });
    const told = await copy(dir, `${LABEL}:packages`);
    expect(told.stderr).toMatch(/^aib: \d+ files, \S+ MiB in \S+: all were there already$/m);
    expect(await copy(dir, `${LABEL}:packages`, '--quiet')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('takes patterns, and several labels into one folder', async () => {
    const dir = testFolder('mirror-copy');
    const answers: { readonly files: number }[] = [];
    for (const words of [['//nocloud/x86_64/...@all:packages'], ['//toolbox/x86_64', '//iso/3.19/x86_64']])
      answers.push(JSON.parse((await copy(dir, ...words, '--json')).stdout));
    expect(readdirSync(join(dir, 'v3.19')).sort()).toEqual(['community', 'main', 'releases']);
    expect(answers.every(({ files }) => files > 0)).toBe(true);
    expect(JSON.stringify(answers[1])).toContain('"stale":{"files":0');
  });

  it('tells what earlier copies placed and the lock does not name any more, and removes it if asked to', async () => {
    const dir = testFolder('mirror-copy');
    expect((await copy(dir, '//iso/3.20/x86_64')).code).toBe(0);
    const old = 'v3.20/main/x86_64/old-1-r0.apk';
    mkdirSync(join(dir, 'v3.20/main/x86_64'), { recursive: true });
    writeFileSync(join(dir, old), 'old');
    writeFileSync(join(dir, 'aib-copy.sha256'), `${'0'.repeat(64)}  ${old}\n`, { flag: 'a' });
    expect((await copy(dir, '//iso/3.20/x86_64')).stderr).toContain(
      '1 file, 3 B of earlier copies, no longer in the lock: kept; --prune removes them',
    );
    expect((await copy(dir, '//iso/3.20/x86_64', '--prune')).stderr).toContain(
      '1 file, 3 B of earlier copies, no longer in the lock: removed',
    );
    expect(existsSync(join(dir, old))).toBe(false);
    writeFileSync(join(dir, 'v3.20/releases/x86_64', readdirSync(join(dir, 'v3.20/releases/x86_64'))[0] ?? ''), '');
    expect((await copy(dir, '//iso/3.20/x86_64')).stderr).toContain(`.iso was damaged in ${dir} and is replaced`);
  });

  it('refuses a folder that holds something else, with what is there and what to do', async () => {
    const dir = testFolder('mirror-copy');
    writeFileSync(join(dir, 'thesis.txt'), '');
    const refused = await copy(dir, LABEL);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'The target folder of the mirror copy contains something else [AIB_COPY_IN_THE_WAY]',
    );
    expect(refused.stderr).toContain('thesis.txt, but no aib-copy.sha256');
    expect(readdirSync(dir)).toEqual(['thesis.txt']);
  });

  it('with --locked fails where the lock has no answer; without a mirror, where the store has none', async () => {
    const other = makeWorkspace(inject('sample'));
    expect((await other.aib('build', '//iso/3.20/x86_64')).code).toBe(0);
    const dir = join(testFolder('mirror-copy'), 'x');
    const locked = await other.aib('mirror', 'copy', dir, `${LABEL}:disk`, '--locked');
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringContaining('[AIB_NOT_LOCKED]')]);
    const offline = await other.aib('mirror', 'copy', dir, '//iso/3.20/x86_64', '--offline');
    expect([offline.code, offline.stderr]).toEqual([1, expect.stringContaining('[AIB_OFFLINE]')]);
    const failed = await other.aib('mirror', 'copy', dir, `${LABEL}:packages`, '--set', 'packages.nosuch=true');
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('nosuch')]);
  });

  it.each([
    ['no label', ['dir'], 'aib mirror copy does not accept 1 argument'],
    ['a label that is none', ['dir', '//nocloud/x86_64/uefi/tinny'], '[AIB_NO_SUCH_LABEL]'],
    ['what no mirror has a part in', ['dir', `${LABEL}:overlay`], 'The labels use no file of a mirror'],
  ])('with %s says what is wrong with the words', async (_, words, said) => {
    const ended = await copy(...words);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(existsSync(workspace.path('dir'))).toBe(false);
  });
});
