import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../store/content/digest.ts';
import { ok } from '../../util/result.ts';
import { openMirror } from '../mirror/mirror.ts';
import type { TrustRoot } from '../package/keys.ts';
import { makeIndex, makeKey, signedBy, trusted } from '../package/test-packages.ts';
import { type UpdateOptions, updateLock } from './update.ts';

const folder = mkdtempSync(join(tmpdir(), 'aib-update-'));
afterAll(() => rmSync(folder, { recursive: true }));
const key = makeKey('test-1.rsa.pub');
const root: TrustRoot = { name: 'sample', keys: trusted(key) };
let index: Buffer;

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function branch(name: string, endOfLife: string, versions: readonly string[], arches = ['x86_64']) {
  return {
    rel_branch: `v${name}`,
    git_branch: `${name}-stable`,
    branch_date: '2024-01-01',
    eol_date: endOfLife,
    arches,
    repos: [{ name: 'main' }, { name: 'community' }],
    keys: { x86_64: [] },
    releases: versions.map(version => ({ version, date: '2024-09-06' })),
  };
}

function putReleases(...branches: readonly object[]): void {
  put(
    'releases.json',
    JSON.stringify({ architectures: ['x86_64'], latest_stable: 'v3.20', release_branches: branches }),
  );
}

const BRANCHES = [
  branch('3.20', '2026-04-01', ['3.20.3', '3.20.0']),
  branch('3.19', '2025-11-01', ['3.19.4']),
  branch('3.18', '2025-05-09', ['3.18.9']),
];

function putIso(arch: string, release = '3.20.3'): void {
  const folder = `v${release.replace(/\.\d+$/, '')}/releases/${arch}`;
  const file = `alpine-virt-${release}-${arch}.iso`;
  put(`${folder}/${file}.sha256`, `${'a'.repeat(64)}  ${file}\n`);
  put(`${folder}/${file}.sha512`, `${'b'.repeat(128)}  ${file}\n`);
  put(
    `${folder}/latest-releases.yaml`,
    `---\n-\n  flavor: alpine-standard\n  file: other.iso\n  size: 1\n-\n  flavor: alpine-virt\n  file: ${file}\n  size: 65011712\n`,
  );
}

beforeAll(async () => {
  putReleases(...BRANCHES);
  putIso('x86_64');
  index = await signedBy(
    key,
    await makeIndex('C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1-r0\nA:x86_64\nS:1\nI:1\nT:a\nU:\nL:MIT\n\n'),
  );
  put('v3.20/main/x86_64/APKINDEX.tar.gz', index);
});

function update(today: string, changes: Partial<UpdateOptions> = {}) {
  const mirror = openMirror(folder);
  return updateLock({
    mirror: mirror.ok ? mirror.value : expect.unreachable(),
    root,
    versions: ['3.19', '3.20'],
    architectures: ['x86_64'],
    today,
    wantedIndexes: () => ok([{ version: '3.20', arch: 'x86_64', paths: ['v3.20/main/x86_64'] }]),
    signal: new AbortController().signal,
    ...changes,
  });
}

describe('an update of the lock', () => {
  it('settles releases, builder, ISO and index digests', async () => {
    expect(await update('2025-01-01')).toEqual({
      ok: true,
      value: {
        format: 2,
        root: 'sample',
        updated: '2025-01-01',
        builder: '3.20',
        releases: {
          '3.20': { release: '3.20.3', date: '2024-09-06', endOfLife: '2026-04-01' },
          '3.19': { release: '3.19.4', date: '2024-09-06', endOfLife: '2025-11-01' },
        },
        iso: {
          '3.20/x86_64': {
            path: 'v3.20/releases/x86_64/alpine-virt-3.20.3-x86_64.iso',
            size: 65_011_712,
            sha256: 'a'.repeat(64),
            sha512: 'b'.repeat(128),
          },
        },
        indexes: { 'v3.20/main/x86_64': digestOf(index) },
        packages: {},
      },
    });
  });

  it('locks the ISO of each version that the mirror has one of, since each installs its own trees', async () => {
    putIso('x86_64', '3.19.4');
    const lock = await update('2025-01-01');
    rmSync(join(folder, 'v3.19'), { recursive: true });
    expect(lock.ok ? Object.keys(lock.value.iso) : lock.error).toEqual(['3.20/x86_64', '3.19/x86_64']);
  });

  it('drops a version whose ISO the mirror does not have', async () => {
    put('v3.19/main/x86_64/APKINDEX.tar.gz', index);
    const wantedIndexes = () =>
      ok(['3.20', '3.19'].map(version => ({ version, arch: 'x86_64', paths: [`v${version}/main/x86_64`] })));
    const without = await update('2025-01-01', { wantedIndexes });
    putIso('x86_64', '3.19.4');
    const within = await update('2025-01-01', { wantedIndexes });
    rmSync(join(folder, 'v3.19'), { recursive: true });
    expect([without, within].map(lock => (lock.ok ? Object.keys(lock.value.releases) : lock.error))).toEqual([
      ['3.20'],
      ['3.20', '3.19'],
    ]);
  });

  it('locks nothing where an index lists something that builds cannot use', async () => {
    const failure = { code: 'AIB_TOOLBOX', what: 'too old' } as const;
    const wantedIndexes = () =>
      ok([
        {
          ...{ version: '3.20', arch: 'x86_64', paths: ['v3.20/main/x86_64'] },
          check: (path: string, packages: readonly { readonly name: string }[]) =>
            path === 'v3.20/main/x86_64' && packages[0]?.name === 'a' ? failure : undefined,
        },
      ]);
    expect(await update('2025-01-01', { wantedIndexes })).toMatchObject({ ok: false, error: failure });
  });

  it('leaves out what is past its end of life on that day, and what the configuration does not name', async () => {
    const lock = await update('2025-12-01');
    expect(Object.keys(lock.ok ? lock.value.releases : {})).toEqual(['3.20']);
  });

  it('says what is served and what is wanted when the two have nothing in common', async () => {
    const lock = await update('2025-01-01', { versions: ['3.30'] });
    expect(lock).toMatchObject({
      ok: false,
      error: { code: 'AIB_NO_RELEASE', got: expect.stringContaining('configured are 3.30') },
    });
  });

  it('locks no index that is signed by a stranger', async () => {
    const stranger: TrustRoot = { name: 'sample', keys: trusted(makeKey('other.rsa.pub')) };
    expect(await update('2025-01-01', { root: stranger })).toMatchObject({
      ok: false,
      error: { code: 'AIB_UNTRUSTED_KEY' },
    });
  });
});

describe('what a mirror serves only in part', () => {
  const BOTH = ['x86_64', 'aarch64'];
  const set = (version: string, arch: string, ...repositories: readonly string[]) => ({
    version,
    arch,
    paths: repositories.map(name => `${version === 'edge' ? 'edge' : `v${version}`}/${name}/${arch}`),
  });
  const wanting = (...sets: readonly ReturnType<typeof set>[]): Partial<UpdateOptions> => ({
    architectures: BOTH,
    wantedIndexes: () => ok(sets),
  });
  const own = set('3.20', 'x86_64', 'main');
  // Each test begins with a mirror of its own making.
  beforeEach(() => putReleases(...BRANCHES));

  it('asks for nothing of an architecture that the list of releases does not name', async () => {
    putIso('aarch64');
    put('v3.20/main/aarch64/APKINDEX.tar.gz', 'would be no index');
    const lock = await update('2025-01-01', wanting(own, set('3.20', 'aarch64', 'main')));
    rmSync(join(folder, 'v3.20/releases/aarch64'), { recursive: true });
    rmSync(join(folder, 'v3.20/main/aarch64'), { recursive: true });
    expect(lock.ok ? Object.keys(lock.value.iso) : lock.error).toEqual(['3.20/x86_64']);
    expect(lock.ok ? Object.keys(lock.value.indexes) : []).toEqual(['v3.20/main/x86_64']);
  });

  it('locks the rest where the list names an architecture of which the mirror has nothing', async () => {
    putReleases(branch('3.20', '2026-04-01', ['3.20.3'], BOTH));
    const lock = await update('2025-01-01', wanting(own, set('3.20', 'aarch64', 'main')));
    expect(lock.ok ? Object.keys(lock.value.iso) : lock.error).toEqual(['3.20/x86_64']);
    expect(lock.ok ? Object.keys(lock.value.indexes) : []).toEqual(['v3.20/main/x86_64']);
  });

  it('fails where there is an ISO of no architecture at all', async () => {
    putReleases(branch('3.20', '2026-04-01', ['3.20.3'], ['aarch64']));
    expect(await update('2025-01-01', wanting(own))).toMatchObject({ error: { code: 'AIB_MIRROR_NOT_FOUND' } });
    putReleases(branch('3.20', '2026-04-01', ['3.20.3'], ['riscv64']));
    expect(await update('2025-01-01', wanting(own))).toMatchObject({
      error: { code: 'AIB_NO_RELEASE', got: 'configured are x86_64, aarch64' },
    });
  });

  it('fails where one of two repositories is missing, which a slip of the pen looks like', async () => {
    expect(await update('2025-01-01', wanting(set('3.20', 'x86_64', 'main', 'comunity')))).toMatchObject({
      ok: false,
      error: { code: 'AIB_MIRROR_NOT_FOUND', where: expect.stringContaining('v3.20/comunity/x86_64') },
    });
  });

  it('fails where the builder itself has no index', async () => {
    expect(await update('2025-01-01', wanting(set('3.20', 'x86_64', 'none')))).toMatchObject({
      ok: false,
      error: { code: 'AIB_MIRROR_NOT_FOUND', where: expect.stringContaining('v3.20/none/x86_64') },
    });
  });

  it('drops a version that the list names and the mirror does not have', async () => {
    const lock = await update('2025-01-01', wanting(own, set('3.19', 'x86_64', 'main')));
    expect(lock.ok ? Object.keys(lock.value.releases) : lock.error).toEqual(['3.20']);
  });
});

describe('edge', () => {
  const edge = { ...branch('edge', '', []), rel_branch: 'edge', eol_date: undefined, releases: undefined };
  const versions = ['3.20', 'edge'];
  const wantedIndexes = () =>
    ok([
      { version: '3.20', arch: 'x86_64', paths: ['v3.20/main/x86_64'] },
      { version: 'edge', arch: 'x86_64', paths: ['edge/main/x86_64'] },
    ]);
  beforeEach(() => putReleases(...BRANCHES, edge));

  it('has the day of the update for a release, no end, and is never the builder', async () => {
    put('edge/main/x86_64/APKINDEX.tar.gz', index);
    const lock = await update('2025-01-02', { versions, wantedIndexes });
    rmSync(join(folder, 'edge'), { recursive: true });
    expect(lock).toMatchObject({
      value: {
        builder: '3.20',
        releases: { edge: { release: '20250102', date: '2025-01-02', endOfLife: '' } },
        indexes: { 'edge/main/x86_64': digestOf(index) },
      },
    });
  });

  it('is not locked where the mirror does not have it', async () => {
    const lock = await update('2025-01-02', { versions, wantedIndexes });
    expect(lock.ok ? Object.keys(lock.value.releases) : lock.error).toEqual(['3.20']);
  });

  it('alone is not enough: something stable must build it', async () => {
    expect(await update('2025-01-02', { versions: ['edge'] })).toMatchObject({ error: { code: 'AIB_NO_RELEASE' } });
  });
});
