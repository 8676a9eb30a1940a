/**
 * The code that a start loads: `--help` only the parser of words, a null build nothing at all. Checks the bundle that users run, with V8's
 * own list.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandOf } from '../src/cli/session/null-build.ts';
import { findWorkspace } from '../src/config/workspace/workspace.ts';
import { statTuple } from '../src/store/content/stat-tuple.ts';
import { writeSnapshot } from '../src/store/sources/snapshot.ts';
import { aibHome } from '../src/util/files/home.ts';

const LABEL = '//aws/x86_64/uefi/tiny';
const folder = mkdtempSync(join(tmpdir(), 'aib-lazy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const builtinsHook = join(folder, 'builtins.cjs');
const builtinsFile = join(folder, 'builtins.json');

beforeAll(() => {
  mkdirSync(join(folder, 'configs'));
  writeFileSync(join(folder, 'configs/images.conf'), '');
  writeFileSync(join(folder, 'aib.local.conf'), `mirror = "${join(folder, 'no-mirror')}"\n`);
  writeFileSync(
    builtinsHook,
    "process.on('exit', () => require('node:fs').writeFileSync(process.env.BUILTINS, JSON.stringify(process.moduleLoadList)));",
  );
  // A stale bundle is updated here, so that this does not affect the checks below.
  expect(start(['--version'], {}).status).toBe(0);
  rememberBuilds();
});

describe('what a start loads', () => {
  test.each([['--help'], ['--version'], ['build --help'], ['']])('aib %s: no package but cac', line => {
    const { packages, sources } = loadedBy(line.split(' ').filter(Boolean));
    expect(packages).toEqual(['cac']);
    expect(sources).toContain('src/cli/main.ts');
  });

  test.each([['build'], ['boot']])('a null %s: no package at all, and not even the command line', verb => {
    const { packages, sources, stderr } = loadedBy([verb, LABEL]);
    expect(stderr).toBe('up to date: 3 nodes, nothing to do\n');
    expect(packages).toEqual([]);
    expect(sources).toContain('src/cli/start.ts');
    expect(sources).not.toContain('src/cli/main.ts');
    expect(sources.filter(source => source.startsWith('src/config/'))).toEqual(['src/config/workspace/workspace.ts']);
    expect(sources).not.toContain('src/util/failure-table.ts');
  });

  test('a null build with an option: no package but cac', () => {
    const { packages, sources, status } = loadedBy(['build', LABEL, '--quiet']);
    expect(status).toBe(0);
    expect(packages).toEqual(['cac']);
    expect(sources).not.toContain('src/cli/session/build-flow.ts');
  });

  test('aib config: no package but cac, and the one for YAML where YAML is shown', () => {
    const tree = ['--configs', join(aibHome(), 'configs'), '--releases', join(aibHome(), 'bench/releases.json')];
    const table = loadedBy(['config', ...tree]);
    expect(table.status).toBe(0);
    expect(table.packages).toEqual(['cac']);
    const yaml = loadedBy(['config', ...tree, '--yaml']);
    expect(yaml.status).toBe(0);
    expect(yaml.packages).toEqual(['cac', 'yaml']);
  });

  test('a question to AWS: the clients that it is asked by, and not that of S3', () => {
    const nobody = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_REGION: 'eu-west-1', AIB_AWS_POLL: '0' };
    const { packages } = loadedBy(['doctor', 'aws'], {
      ...{ ...nobody, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
    });
    expect(packages).toEqual(expect.arrayContaining(['@aws-sdk/client-ec2', '@aws-sdk/client-sts']));
    expect(packages).not.toContain('@aws-sdk/client-s3');
  });

  test('aib doctor remote: nothing of a build, and the code of remote caches, which nothing else loads', () => {
    const { sources, status } = loadedBy(['doctor', 'remote', '--remote-cache', folder]);
    expect(status).toBe(0);
    expect(sources).toContain('src/remote/places/folder-place.ts');
    expect(sources).not.toContain('src/cli/session/build-flow.ts');
  });

  test('a null build: none of the parts of node that take as long to load as all of aib', () => {
    expect(builtinsOf(['build', LABEL])).toEqual([]);
  });
});

describe('the check itself', () => {
  test('sees the packages of a build that has something to do, bundled and not, by name', () => {
    const { packages, sources, status } = loadedBy(['build', `${LABEL}:disk`]);
    expect(status).not.toBe(0);
    expect(packages).toEqual(expect.arrayContaining(['better-sqlite3', 'cac', 'xxhash-wasm']));
    // Only a proxy and a signature need these, and there is neither here.
    for (const name of ['undici', 'openpgp']) expect(packages).not.toContain(name);
    expect(packages).not.toContain('yaml');
    expect(sources).toContain('src/cli/session/build-flow.ts');
    expect(sources.filter(source => source.startsWith('src/remote/'))).toEqual([]);
  });

  test('sees the parts of node that a start through the command line takes', () => {
    expect(builtinsOf(['--version'])).toEqual(expect.arrayContaining(['net', 'stream']));
  });
});

/** Writes snapshots like finished builds: the same command then finds its inputs unchanged. */
function rememberBuilds(): void {
  const workspace = findWorkspace(folder);
  if (!workspace.ok) throw new Error(workspace.error.what);
  const path = join(folder, 'configs/images.conf');
  for (const verb of ['build', 'boot'] as const) {
    writeSnapshot(workspace.value.cache, commandOf(workspace.value, { verb, labels: [LABEL] }), {
      at: Date.now(),
      read: new Map(),
      own: new Map([[path, statTuple(path)]]),
      result: { nodes: 3, lines: [] },
    });
  }
}

function start(words: readonly string[], more: NodeJS.ProcessEnv) {
  const { AIB_CACHE: _, ...environment } = process.env;
  return spawnSync(join(aibHome(), 'aib'), words, {
    cwd: folder,
    env: { ...environment, ...more },
    encoding: 'utf8',
    timeout: 30_000,
  });
}

/** The packages and the sources of aib that the process loaded; bundled ones are identified with the bundle's source maps. */
function loadedBy(words: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const coverage = mkdtempSync(join(folder, 'coverage-'));
  const { status, stderr } = start(words, { ...more, NODE_V8_COVERAGE: coverage });
  const packages = new Set<string>();
  const sources = new Set<string>();
  for (const script of readdirSync(coverage).flatMap(name => scriptsIn(join(coverage, name)))) {
    for (const source of sourcesOf(script)) {
      const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1];
      if (name === undefined) sources.add(relative(aibHome(), source));
      else packages.add(name);
    }
  }
  // Otherwise the measurement would have failed.
  expect(sources).toContain('src/cli/start.ts');
  return { packages: [...packages].sort(), sources: [...sources], status, stderr };
}

function scriptsIn(coverageFile: string): readonly string[] {
  const { result } = JSON.parse(readFileSync(coverageFile, 'utf8')) as { result: readonly { url: string }[] };
  return result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url));
}

function sourcesOf(script: string): readonly string[] {
  if (!script.includes('/node_modules/.aib/')) return [script];
  const { sources } = JSON.parse(readFileSync(`${script}.map`, 'utf8')) as { sources: readonly string[] };
  return sources.map(source => resolve(dirname(script), source));
}

function builtinsOf(words: readonly string[]): readonly string[] {
  rmSync(builtinsFile, { force: true });
  start(words, { NODE_OPTIONS: `--require ${builtinsHook}`, BUILTINS: builtinsFile });
  expect(existsSync(builtinsFile)).toBe(true);
  const loaded = JSON.parse(readFileSync(builtinsFile, 'utf8')) as readonly string[];
  return ['crypto', 'net', 'stream', 'child_process'].filter(name => loaded.includes(`NativeModule ${name}`));
}
