import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../store/digest.ts';
import { ok } from '../util/result.ts';
import { makeIndex, makeKey, signedBy, trusted } from './fixtures.ts';
import type { TrustRoot } from './keys.ts';
import { openMirror } from './mirror.ts';
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

function branch(name: string, endOfLife: string, versions: readonly string[]) {
  return {
    rel_branch: `v${name}`,
    git_branch: `${name}-stable`,
    branch_date: '2024-01-01',
    eol_date: endOfLife,
    arches: ['x86_64'],
    repos: [{ name: 'main' }, { name: 'community' }],
    keys: { x86_64: [] },
    releases: versions.map(version => ({ version, date: '2024-09-06' })),
  };
}

function putReleases(...branches: ReturnType<typeof branch>[]): void {
  put(
    'releases.json',
    JSON.stringify({ architectures: ['x86_64'], latest_stable: branches[0]?.rel_branch, release_branches: branches }),
  );
}

beforeAll(async () => {
  putReleases(
    branch('3.20', '2026-04-01', ['3.20.3', '3.20.0']),
    branch('3.19', '2025-11-01', ['3.19.4']),
    branch('3.18', '2025-05-09', ['3.18.9']),
  );
  const iso = 'v3.20/releases/x86_64/alpine-virt-3.20.3-x86_64.iso';
  put(`${iso}.sha256`, `${'a'.repeat(64)}  alpine-virt-3.20.3-x86_64.iso\n`);
  put(`${iso}.sha512`, `${'b'.repeat(128)}  alpine-virt-3.20.3-x86_64.iso\n`);
  put(
    'v3.20/releases/x86_64/latest-releases.yaml',
    '---\n-\n  flavor: alpine-standard\n  file: other.iso\n  size: 1\n-\n  flavor: alpine-virt\n  file: alpine-virt-3.20.3-x86_64.iso\n  size: 65011712\n',
  );
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
    indexPaths: () => ok(['v3.20/main/x86_64']),
    signal: new AbortController().signal,
    ...changes,
  });
}

describe('an update of the lock', () => {
  it('settles releases, builder, ISO and index digests', async () => {
    expect(await update('2025-01-01')).toEqual({
      ok: true,
      value: {
        format: 1,
        root: 'sample',
        updated: '2025-01-01',
        builder: '3.20',
        releases: {
          '3.20': { release: '3.20.3', date: '2024-09-06', endOfLife: '2026-04-01' },
          '3.19': { release: '3.19.4', date: '2024-09-06', endOfLife: '2025-11-01' },
        },
        iso: {
          x86_64: {
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
