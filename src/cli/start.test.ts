import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findWorkspace } from '../config/workspace/workspace.ts';
import { statTuple } from '../store/content/stat-tuple.ts';
import { writeSnapshot } from '../store/sources/snapshot.ts';
import { aibHome } from '../util/files/home.ts';
import { commandOf } from './session/null-build.ts';

const LABEL = '//aws/x86_64/uefi/tiny';
const aib = join(aibHome(), 'aib');
const folder = mkdtempSync(join(tmpdir(), 'aib-start-'));
const config = join(folder, 'configs/images.conf');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// More than a pipe holds.
const lines = Array.from({ length: 5_000 }, (_, index) => `/images/of/a/long/build/number-${index}.vhd`);

beforeAll(() => {
  mkdirSync(join(folder, 'configs'));
  writeFileSync(join(folder, 'aib.local.conf'), 'mirror = "/nowhere"\n');
  writeFileSync(config, '');
  const workspace = findWorkspace(folder);
  if (!workspace.ok) throw new Error(workspace.error.what);
  const command = commandOf(workspace.value, { verb: 'build', labels: [LABEL] });
  const own = new Map([[config, statTuple(config)]]);
  writeSnapshot(workspace.value.cache, command, { at: Date.now(), read: new Map(), own, result: { nodes: 1, lines } });
  // Brings the bundle up to date.
  execFileSync(aib, ['--version']);
});

const { AIB_CACHE: _, ...environment } = process.env;

function start(...words: readonly string[]) {
  return spawnSync(aib, words, { cwd: folder, env: environment, encoding: 'utf8' });
}

/** Runs aib with a pipe that nobody reads in place of standard output, error or both; `status` is its own. */
function startUnread(words: string, redirection: string) {
  const script = `rm -f pipe && mkfifo pipe && exec 3<>pipe 4>pipe 3>&- && exec '${aib}' ${words} ${redirection}`;
  return spawnSync('sh', ['-c', script], { cwd: folder, env: environment, encoding: 'utf8' });
}

describe('a reader that has seen enough', () => {
  it.each(['--help', 'build --help', `build ${LABEL}`, `build ${LABEL} --json`])('leaves aib %s undisturbed', words => {
    expect(startUnread(words, '>&4')).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/EPIPE|node:/) });
    expect(startUnread(words, '>&4 2>&4')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});

describe('standard output on a full disk', () => {
  it.skipIf(!existsSync('/dev/full'))('is a failure, in one line', () => {
    for (const words of ['--help', `build ${LABEL}`]) {
      const ended = spawnSync('sh', ['-c', `exec '${aib}' ${words} >/dev/full`], { cwd: folder, env: environment });
      expect(ended.status).toBe(1);
      expect(String(ended.stderr)).toMatch(/^(up to date.*\n)?aib: standard output cannot be written: ENOSPC.*\n$/);
    }
  });
});

describe('help of a verb', () => {
  it('says what the verb is for, and shows no default that cac made up', () => {
    const { stdout } = start('graph', '--help');
    expect(stdout).toContain('Draw the graph');
    expect(stdout).toContain('  $ aib graph //aws');
    expect(stdout).not.toContain('default: true');
    expect(stdout).not.toMatch(/ $/m);
  });
});

describe('a value that is a number', () => {
  it('may name a folder', () => {
    const ended = start('ls', '--cache', '3.20');
    expect(ended.stderr).not.toContain('TypeError');
    expect(start('ls', '--cache', '1', '--cache', '2')).toMatchObject({ status: 2 });
  });
});

describe('a build in which nothing changed', () => {
  it('says so on standard error and names the images on standard output, whole', () => {
    const ended = start('build', LABEL);
    expect(ended).toMatchObject({ status: 0, stderr: 'up to date: 1 node, nothing to do\n' });
    expect(ended.stdout).toBe(lines.map(line => `${line}\n`).join(''));
  });

  it('is answered the same through the command line proper', () => {
    expect(start('build', LABEL, '--verbose').stdout).toBe(start('build', LABEL).stdout);
    expect(start('build', LABEL, '--quiet')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('does not hide that an option is wrong', () => {
    expect(start('build', LABEL, '-j', '0')).toMatchObject({ status: 2, stdout: '' });
    expect(start('build', LABEL, '--cache-size', '20X')).toMatchObject({ status: 2, stdout: '' });
    expect(start('build', LABEL, '--jbos', '3').stderr).toContain('did you mean --jobs?');
    expect(start('build', LABEL, '-j', '3')).toMatchObject({ status: 0 });
  });

  it('is not what another label, another mirror or a changed file is taken for', () => {
    expect(start('build', `${LABEL}:disk`).stderr).not.toContain('up to date');
    expect(start('build', LABEL, '--mirror', '/elsewhere').stderr).not.toContain('up to date');
    writeFileSync(config, '# changed\n');
    expect(start('build', LABEL).stderr).not.toContain('up to date');
  });
});
