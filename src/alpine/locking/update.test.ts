import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signRelease } from '../../sample/sign-release.ts';
import { digestOf } from '../../store/content/digest.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { ok } from '../../util/result.ts';
import { openMirror } from '../mirror/open-mirror.ts';
import type { TrustRoot } from '../package/keys.ts';
import { sampleTrustRoot } from '../package/sample-trust.ts';
import { makeIndex, makeKey, signedBy, trusted } from '../package/test-packages.ts';
import { type UpdateOptions, updateLock } from './update.ts';

const folder = mkdtempSync(join(tmpdir(), 'aib-update-'));
afterAll(() => rmSync(folder, { recursive: true }));
const key = makeKey('test-1.rsa.pub');
const root: TrustRoot = { ...sampleTrustRoot(), keys: trusted(key) };
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

const ISO = Buffer.from('would be an ISO');
let signature: string;

/** The ISO of a release and the files beside it, without the excluded endings. */
function putIso(arch: string, release = '3.20.3', without: readonly string[] = []): void {
  const file = `alpine-virt-${release}-${arch}.iso`;
  const parts = {
    '': ISO,
    '.sha256': `${'a'.repeat(64)}  ${file}\n`,
    '.sha512': `${'b'.repeat(128)}  ${file}\n`,
    '.asc': signature,
  };
  for (const [ending, content] of Object.entries(parts))
    if (!without.includes(ending))
      put(`v${release.split('.').slice(0, 2).join('.')}/releases/${arch}/${file}${ending}`, content);
}

beforeAll(async () => {
  signature = await signRelease(ISO, 1_725_580_800);
  putReleases(...BRANCHES);
  putIso('x86_64');
  index = await indexOf('v3.20.3-1-gabc');
  put('v3.20/main/x86_64/APKINDEX.tar.gz', index);
});

async function indexOf(description: string): Promise<Buffer> {
  const text = 'C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1-r0\nA:x86_64\nS:1\nI:1\nT:a\nU:\nL:MIT\n\n';
  return signedBy(key, await makeIndex(text, description));
}

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
  it('says of edge that its newest package is old, and of no stable branch', async () => {
    const text = `C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1-r0\nA:x86_64\nS:1\nI:1\nT:a\nU:\nL:MIT\nt:${Date.parse('2024-09-01') / 1000}\n\n`;
    const [stable, edge] = ['v3.20/main/x86_64', 'edge/main/x86_64'];
    const mirror = testFolder('still');
    cpSync(folder, mirror, { recursive: true });
    for (const path of [stable, edge]) {
      mkdirSync(join(mirror, path), { recursive: true });
      writeFileSync(join(mirror, path, 'APKINDEX.tar.gz'), await signedBy(key, await makeIndex(text, '')));
    }
    const opened = openMirror(mirror);
    const notices: string[] = [];
    const lock = await update('2025-01-01', {
      mirror: opened.ok ? opened.value : expect.unreachable(),
      root: { ...root, name: 'alpine' },
      wantedIndexes: () => ok([{ version: '3.20', arch: 'x86_64', paths: [stable, edge] }]),
      onNotice: line => notices.push(line),
    });
    expect(lock.ok && lock.value.indexes[stable]).toMatchObject({ built: Date.parse('2024-09-01') / 1000 });
    expect(notices.filter(line => line.includes('2024-09-01'))).toEqual([
      expect.stringMatching(/^edge\/main\/x86_64: /),
    ]);
  });

  it.each([
    ['2025-11-01', ['3.20', '3.19']],
    ['2025-11-02', ['3.20']],
  ])('of %s has versions up to the last day of their life', async (today, versions) => {
    const lock = await update(today);
    expect(Object.keys(lock.ok ? lock.value.releases : expect.unreachable(lock.error.what))).toEqual(versions);
  });

  it('settles releases, builder, ISO and index digests', async () => {
    expect(await update('2025-01-01')).toEqual({
      ok: true,
      value: {
        format: 3,
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
            size: ISO.byteLength,
            sha256: 'a'.repeat(64),
            sha512: 'b'.repeat(128),
            signature,
          },
        },
        indexes: { 'v3.20/main/x86_64': { ...digestOf(index), description: 'v3.20.3-1-gabc' } },
        packages: {},
        closures: {},
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
    put('v3.19/main/x86_64/APKINDEX.tar.gz', await indexOf('v3.19.4-1-gabc'));
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

  it('hands on the bytes of each index that it locked', async () => {
    const seen: string[] = [];
    await update('2025-01-01', { onIndex: (path, content) => seen.push(`${path} ${digestOf(content).hash}`) });
    expect(seen).toEqual([`v3.20/main/x86_64 ${digestOf(index).hash}`]);
  });

  it('leaves out what is past its end of life on that day, and what the configuration does not name', async () => {
    const lock = await update('2025-12-01');
    expect(Object.keys(lock.ok ? lock.value.releases : {})).toEqual(['3.20']);
  });

  it('says what is served and what is wanted when the two have nothing in common', async () => {
    const lock = await update('2025-01-01', { versions: ['3.30'] });
    expect(lock).toMatchObject({
      ok: false,
      error: { code: 'AIB_NO_RELEASE', got: expect.stringContaining('configured: 3.30') },
    });
  });

  it('locks no index that is signed by a stranger', async () => {
    const stranger: TrustRoot = { ...root, keys: trusted(makeKey('other.rsa.pub')) };
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
  // Each test starts with its own mirror.
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
      error: { code: 'AIB_NO_RELEASE', got: 'configured: x86_64, aarch64' },
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

describe('around a release, when the list and the mirror are out of step', () => {
  const notices: string[] = [];
  const onNotice = (line: string): void => void notices.push(line);
  const releaseOf = (lock: Awaited<ReturnType<typeof update>>) =>
    lock.ok ? [lock.value.releases['3.20']?.release, lock.value.iso['3.20/x86_64']?.path] : [lock.error.code];
  const WITH_NEW = [branch('3.20', '2026-04-01', ['3.20.4_rc1', '3.20.4', '3.20.3']), ...BRANCHES.slice(1)];

  beforeEach(() => {
    notices.length = 0;
    putReleases(...WITH_NEW);
    for (const ending of ['', '.sha256', '.sha512', '.asc'])
      rmSync(join(folder, `v3.20/releases/x86_64/alpine-virt-3.20.4-x86_64.iso${ending}`), { force: true });
  });

  it.each([[['', '.sha256', '.sha512', '.asc']], [['']], [['.sha256']], [['.sha512']], [['.asc']]])(
    'the newest release that is whole is locked, and a line says so: without %j of the new one',
    async without => {
      putIso('x86_64', '3.20.4', without);
      expect(releaseOf(await update('2025-01-01', { onNotice }))).toEqual([
        '3.20.3',
        'v3.20/releases/x86_64/alpine-virt-3.20.3-x86_64.iso',
      ]);
      expect(notices).toEqual([
        expect.stringMatching(/^3\.20\.4 is not complete on the mirror yet .*locking 3\.20\.3$/),
      ]);
    },
  );

  it('the new release is locked as soon as it is whole, whatever latest-releases.yaml says', async () => {
    putIso('x86_64', '3.20.4');
    put('v3.20/releases/x86_64/latest-releases.yaml', '<html>');
    expect(releaseOf(await update('2025-01-01', { onNotice }))[0]).toBe('3.20.4');
    expect(notices).toEqual([]);
  });

  it('a list that is behind the mirror still gives a release that is there', async () => {
    putIso('x86_64', '3.20.4');
    putReleases(...BRANCHES);
    expect(releaseOf(await update('2025-01-01'))[0]).toBe('3.20.3');
  });
});

describe('the list of releases', () => {
  it('is read from the file that was named, wherever the mirror is', async () => {
    put('elsewhere.json', JSON.stringify({ release_branches: [branch('3.20', '2026-04-01', ['3.20.3'])] }));
    rmSync(join(folder, 'releases.json'));
    const lock = await update('2025-01-01', { releases: join(folder, 'elsewhere.json') });
    putReleases(...BRANCHES);
    expect(lock.ok ? Object.keys(lock.value.releases) : lock.error).toEqual(['3.20']);
  });

  it('with an odd branch that nobody configured stops nothing, and a line says what was passed over', async () => {
    const notices: string[] = [];
    putReleases({ ...branch('2.6', 'long ago', ['2.6.0']), arches: 3 }, ...BRANCHES);
    const lock = await update('2025-01-01', { onNotice: line => void notices.push(line) });
    putReleases(...BRANCHES);
    expect(lock.ok ? Object.keys(lock.value.releases) : lock.error).toEqual(['3.20', '3.19']);
    expect(notices).toEqual([expect.stringContaining('release_branches[0].eol_date should be a date')]);
  });

  it('is what the lock knows where nobody else has one, and a line says that new releases are not seen', async () => {
    const before = await update('2025-01-01');
    if (!before.ok) expect.unreachable();
    rmSync(join(folder, 'releases.json'));
    const notices: string[] = [];
    const lock = await update('2025-02-01', { known: before.value, onNotice: line => void notices.push(line) });
    const without = await update('2025-02-01');
    putReleases(...BRANCHES);
    expect(lock).toEqual({ ok: true, value: { ...before.value, updated: '2025-02-01' } });
    expect(notices).toEqual([expect.stringContaining('using the releases in the lock of 2025-01-01')]);
    expect(without).toMatchObject({
      error: { code: 'AIB_NO_RELEASE_LIST', hint: expect.stringContaining('--releases') },
    });
  });

  it("is Alpine's own where the mirror has none", async () => {
    const site = openMirror(folder);
    const bare = mkdtempSync(join(tmpdir(), 'aib-update-'));
    symlinkSync(join(folder, 'v3.20'), join(bare, 'v3.20'));
    const mirror = openMirror(bare);
    const notices: string[] = [];
    const lock = await update('2025-01-01', {
      mirror: mirror.ok ? mirror.value : expect.unreachable(),
      site: site.ok ? site.value : expect.unreachable(),
      onNotice: line => void notices.push(line),
    });
    rmSync(bare, { recursive: true });
    expect(lock.ok ? Object.keys(lock.value.releases) : lock.error).toEqual(['3.20', '3.19']);
    expect(notices).toEqual([`the mirror has no list of releases: using ${join(folder, 'releases.json')}`]);
  });
});

describe('the signature of an ISO', () => {
  const asc = 'v3.20/releases/x86_64/alpine-virt-3.20.3-x86_64.iso.asc';

  it('by somebody else is refused when the lock is made', async () => {
    const strange = { ...root, releaseSigner: { ...root.releaseSigner, fingerprint: 'A'.repeat(40) } };
    expect(await update('2025-01-01', { root: strange })).toMatchObject({ error: { code: 'AIB_RELEASE_KEY' } });
    const other = await otherKey();
    expect(await update('2025-01-01', { root: { ...root, releaseSigner: other } })).toMatchObject({
      error: { code: 'AIB_UNTRUSTED_KEY', where: join(folder, asc) },
    });
  });

  it.each(['', 'no signature', '<html>login</html>'])('that is %j is refused', async text => {
    put(asc, text);
    const lock = await update('2025-01-01');
    putIso('x86_64');
    expect(lock).toMatchObject({ error: { code: 'AIB_BAD_SIGNATURE' } });
  });

  it('is checked by a key that comes from a file, the lock keeps, and later updates take from there', async () => {
    const { armored = '', ...signer } = root.releaseSigner;
    put('key.asc', armored);
    const alpine = { ...root, releaseSigner: signer };
    const lock = await update('2025-01-01', { root: alpine, releaseKey: join(folder, 'key.asc') });
    if (!lock.ok) expect.unreachable(lock.error.what);
    expect(lock.value.releaseKey).toContain('BEGIN PGP PUBLIC KEY BLOCK');
    const again = await update('2025-01-01', { root: alpine, known: lock.value });
    expect(again).toEqual(lock);
    expect(await update('2025-01-01', { root: alpine })).toMatchObject({ error: { code: 'AIB_RELEASE_KEY' } });
    put('key.asc', 'no key');
    expect(await update('2025-01-01', { root: alpine, releaseKey: join(folder, 'key.asc') })).toMatchObject({
      error: { code: 'AIB_RELEASE_KEY', where: join(folder, 'key.asc') },
    });
  });
});

async function otherKey() {
  const { generateKey, readKey } = await import('openpgp');
  const { publicKey } = await generateKey({ type: 'ecc', userIDs: [{ name: 'somebody else' }], format: 'armored' });
  const key = await readKey({ armoredKey: publicKey });
  return { fingerprint: key.getFingerprint().toUpperCase(), armored: publicKey };
}
