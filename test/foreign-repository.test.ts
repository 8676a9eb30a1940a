/**
 * Repositories outside of Alpine: each is trusted only by its own keys. Alpine's keys are not trusted for a foreign index, foreign keys not
 * for Alpine's indexes, and keys of one host not for another host.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClosurePackage, withClosures } from '../src/alpine/locking/closures.ts';
import type { Lock } from '../src/alpine/locking/lock.ts';
import { withForeign } from '../src/alpine/mirror/foreign-mirror.ts';
import type { Mirror } from '../src/alpine/mirror/mirror.ts';
import { indexPath } from '../src/alpine/mirror/mirror-layout.ts';
import { offline } from '../src/alpine/mirror/offline-mirror.ts';
import { openMirror } from '../src/alpine/mirror/open-mirror.ts';
import { signedBy } from '../src/alpine/package/test-packages.ts';
import { verifyIndex } from '../src/alpine/package/verify.ts';
import type { ImageConfig } from '../src/config/image/image-config.ts';
import { packageSet } from '../src/rules/package-set.ts';
import { variantRequest } from '../src/rules/supply/closure-request.ts';
import { testConfig } from '../src/rules/test-config.ts';
import { formatFailure } from '../src/util/failure.ts';
import { ok, type Result } from '../src/util/result.ts';
import { buildFromMirror, lockMirror, PACKAGES } from './hostile/build-from-mirror.ts';
import { BUILT, type ForeignVariation, foreignFiles, MINE, THEIRS } from './hostile/foreign-repository.ts';
import { honestMirror, INDEX, KEY, STRANGER } from './hostile/honest-mirror.ts';
import { LyingServer } from './hostile/lying-server.ts';

let folder: string;
/** Alpine's mirror, and two hosts beside it. */
let servers: readonly LyingServer[];
let [alpine, mine, theirs] = ['', '', ''];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aib-foreign-'));
  servers = [new LyingServer(await honestMirror()), new LyingServer(await foreignFiles()), new LyingServer(new Map())];
  const [one = '', two = '', three = ''] = await Promise.all(servers.map(server => server.listen()));
  [alpine, mine, theirs] = [one, two, three];
});
afterEach(async () => {
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true });
});

function must<T>(result: Result<T>): T {
  return result.ok ? result.value : expect.unreachable(formatFailure(result.error));
}

const patience = { attempts: 1, environment: {} };

function mirror(): Mirror {
  return withForeign(must(openMirror(alpine, patience)), base => openMirror(base, patience));
}

async function serve(variation: ForeignVariation): Promise<void> {
  const [, server] = servers;
  if (server !== undefined) server.files = await foreignFiles(variation);
}

/** `keys` are repo_keys. */
function configOf(keys: readonly string[] = [`${mine}/keys/mine-1.rsa.pub`], repository = `${mine}/mine`): ImageConfig {
  return testConfig(`
    repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true, "${repository}" = true }
    repo_keys = [${keys.map(key => `"${key}"`).join(', ')}]
    packages { hello = true }`);
}

async function built(lock: Lock, config = configOf(), from = mirror()) {
  const { made, failures } = await buildFromMirror(from, lock, folder, { configs: [config] });
  return { made, codes: [...failures].map(([label, { code }]) => [label.replace(/127[^/]*/, 'HOST'), code]) };
}

describe('a repository outside of Alpine', () => {
  it('is locked by its address with its key, and built from', async () => {
    const config = configOf();
    const lock = must(await lockMirror(mirror(), { config }));
    expect(Object.keys(lock.indexes)).toEqual(['v3.20/main/x86_64', `${mine}/mine/x86_64`]);
    expect(lock.repositoryKeys).toEqual({ [`${mine}/keys/mine-1.rsa.pub`]: MINE.publicPem });
    const { made, codes } = await built(lock, config);
    expect(codes).toEqual([]);
    const labels = made.map(label => label.replace(/127[^/]*/, 'HOST'));
    expect(labels).toEqual(
      expect.arrayContaining([
        PACKAGES,
        '//package/HOST/mine/x86_64/hello-1-r0',
        '//package/v3.20/main/x86_64/lib-1-r0',
        '//source/aib/keys/HOST/keys/mine-1.rsa.pub',
      ]),
    );
    // The key was requested once, when the lock was made.
    expect(servers[1]?.hits.filter(hit => hit.includes('keys/'))).toHaveLength(1);
    expect(servers[0]?.hits.filter(hit => hit.includes('hello'))).toEqual([]);
  });

  it('may be a folder of this machine, with a key of the project', async () => {
    for (const [path, content] of await foreignFiles()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const config = configOf(['keys/mine-1.rsa.pub'], `file://${folder}/mine`);
    const lock = must(await lockMirror(mirror(), { config, keyFolders: [folder] }));
    expect(Object.keys(lock.indexes)).toContain(`${folder}/mine/x86_64`);
    expect((await built(lock, config)).codes).toEqual([]);
  });

  it('is asked nothing with --offline', async () => {
    const lock = must(await lockMirror(mirror(), { config: configOf() }));
    const before = servers.map(({ hits }) => hits.length);
    const { codes } = await built(lock, configOf(), offline(mirror()));
    expect(codes.map(([, code]) => code)).toContain('AIB_OFFLINE');
    expect(servers.map(({ hits }) => hits.length)).toEqual(before);
  });

  it('that is not there is a failure of the update, not of the mirror', async () => {
    const config = configOf(undefined, `${mine}/gone`);
    expect(await lockMirror(mirror(), { config })).toMatchObject({
      error: { code: 'AIB_MIRROR_NOT_FOUND', where: `${mine}/gone/x86_64/APKINDEX.tar.gz` },
    });
  });
});

describe('an update refuses', () => {
  it.each([
    ["a foreign index that Alpine's key signed", { indexKey: KEY }],
    ['a foreign index that a stranger signed', { indexKey: STRANGER }],
    ['a foreign index that the key of another host signed', { indexKey: THEIRS }],
  ])('%s', async (_, variation) => {
    const [, , other] = servers;
    if (other === undefined) return expect.unreachable();
    other.files = new Map([
      ['keys/theirs-1.rsa.pub', Buffer.from(THEIRS.publicPem)],
      ...[...(await foreignFiles({ indexKey: THEIRS, packageKey: THEIRS }))].filter(([path]) =>
        path.startsWith('mine'),
      ),
    ]);
    const keys = [`${mine}/keys/mine-1.rsa.pub`, `${theirs}/keys/theirs-1.rsa.pub`];
    const config = configOf(keys);
    const both = { ...config, repositories: [...config.repositories, `@theirs ${theirs}/mine`] };
    expect(must(await lockMirror(mirror(), { config: both })).indexes).toHaveProperty([`${theirs}/mine/x86_64`]);
    await serve(variation);
    expect(await lockMirror(mirror(), { config: both })).toMatchObject({
      error: { code: 'AIB_UNTRUSTED_KEY', where: `${mine}/mine/x86_64/APKINDEX.tar.gz` },
    });
  });

  it("an index of Alpine's that a foreign key signed", async () => {
    const [server] = servers;
    const unsigned = await honestMirror();
    const index = unsigned.get(INDEX) ?? expect.unreachable();
    // The gzip member after that of the signature.
    const second = index.indexOf(Buffer.from([0x1f, 0x8b, 0x08]), 3);
    if (server !== undefined)
      server.files = new Map([...unsigned, [INDEX, await signedBy(MINE, index.subarray(second))]]);
    expect(await lockMirror(mirror(), { config: configOf() })).toMatchObject({
      error: { code: 'AIB_UNTRUSTED_KEY', where: `${alpine}/${INDEX}`, got: 'mine-1.rsa.pub (RSA)' },
    });
  });

  it('another key in the place of the one that is locked, until that is taken out of the lock', async () => {
    const config = configOf();
    const known = must(await lockMirror(mirror(), { config }));
    const changed = { ...THEIRS, name: MINE.name };
    await serve({ key: changed, indexKey: changed, packageKey: changed });
    expect(await lockMirror(mirror(), { config, known })).toMatchObject({ error: { code: 'AIB_REPOSITORY_KEY' } });
    const { repositoryKeys: _, ...without } = known;
    const lock = must(await lockMirror(mirror(), { config, known: without }));
    expect(lock.repositoryKeys).toEqual({ [`${mine}/keys/mine-1.rsa.pub`]: THEIRS.publicPem });
    expect((await built(lock, config)).codes).toEqual([]);
  });

  it('an index that is older than the locked one, of Alpine or not, until that is taken out of the lock', async () => {
    const config = configOf();
    const index = `${mine}/mine/x86_64`;
    const [server] = servers;
    const known = must(await lockMirror(mirror(), { config }));
    const newer = { ...known.indexes, [index]: { ...known.indexes[index], built: BUILT + 86_400 } } as Lock['indexes'];
    expect(await lockMirror(mirror(), { config, known: { ...known, indexes: newer } })).toMatchObject({
      error: { code: 'AIB_DOWNGRADE', where: `${index}/APKINDEX.tar.gz`, hint: expect.stringContaining(index) },
    });
    const { [index]: _, ...without } = newer;
    expect(await lockMirror(mirror(), { config, known: { ...known, indexes: without } })).toMatchObject({ ok: true });

    if (server !== undefined) server.files = await honestMirror({ description: 'v3.20.3-12-gabc' });
    const later = must(await lockMirror(mirror(), { config, known }));
    expect(later.indexes['v3.20/main/x86_64']).toMatchObject({ description: 'v3.20.3-12-gabc' });
    if (server !== undefined) server.files = await honestMirror({ description: 'v3.20.3-9-gabc' });
    expect(await lockMirror(mirror(), { config, known: later })).toMatchObject({
      error: { code: 'AIB_DOWNGRADE', got: 'v3.20.3-9-gabc, the lock has v3.20.3-12-gabc' },
    });
    const two = withForeign(must(openMirror([alpine, theirs], patience)), base => openMirror(base, patience));
    const [, , other] = servers;
    if (other !== undefined) other.files = await honestMirror({ description: 'v3.20.3-13-gabc' });
    expect(must(await lockMirror(two, { config, known: later })).indexes['v3.20/main/x86_64']).toMatchObject({
      description: 'v3.20.3-13-gabc',
    });
  });

  it("Alpine's own key as one of a foreign repository", async () => {
    await serve({ key: KEY, indexKey: { ...KEY, name: MINE.name } });
    expect(await lockMirror(mirror(), { config: configOf() })).toMatchObject({ error: { code: 'AIB_REPOSITORY_KEY' } });
  });
});

describe('a build refuses', () => {
  it.each([
    ["a foreign package that Alpine's key signed", { packageKey: KEY }],
    ['a foreign package that a stranger signed', { packageKey: STRANGER }],
  ])('%s, though its own index lists it', async (_, variation) => {
    await serve(variation);
    const lock = must(await lockMirror(mirror(), { config: configOf() }));
    const { codes, made } = await built(lock);
    expect(codes).toEqual([['//package/HOST/mine/x86_64/hello-1-r0', 'AIB_UNTRUSTED_KEY']]);
    expect(made).not.toContain(PACKAGES);
  });

  it('a foreign index that the lock has, but that no key of the lock signed', async () => {
    const lock = must(await lockMirror(mirror(), { config: configOf() }));
    const other = { ...lock, repositoryKeys: { [`${mine}/keys/mine-1.rsa.pub`]: THEIRS.publicPem } };
    expect((await built(other)).codes).toEqual([['//index/HOST/mine/x86_64', 'AIB_BAD_SIGNATURE']]);
  });

  it('a lock that lacks the key, or that has one of Alpine there', async () => {
    const lock = must(await lockMirror(mirror(), { config: configOf() }));
    const node = '//source/aib/keys/HOST/keys/mine-1.rsa.pub';
    const { repositoryKeys: _, ...without } = lock;
    expect((await built(without)).codes).toEqual([[node, 'AIB_NOT_LOCKED']]);
    const forged = { ...lock, repositoryKeys: { [`${mine}/keys/mine-1.rsa.pub`]: KEY.publicPem } };
    expect((await built(forged)).codes).toEqual([[node, 'AIB_REPOSITORY_KEY']]);
  });

  it('a package from a repository that the image does not name, whatever the lock says', async () => {
    const lock = must(await lockMirror(mirror(), { config: configOf() }));
    const config = testConfig(
      'repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true }, packages { lib = true }',
    );
    const { key } = variantRequest('3.20/x86_64', must(packageSet(config)));
    const hello = must(await helloOf(lock));
    const forged = withClosures(lock, new Map([[key, [hello]]]), 'add');
    const { made, codes } = await built(forged, config);
    expect(codes).toEqual([]);
    expect(made).toContain('//package/v3.20/main/x86_64/lib-1-r0');
    expect(made.filter(label => label.includes('hello'))).toEqual([]);
  });
});

/** The package in the lock. */
async function helloOf(lock: Lock): Promise<Result<ClosurePackage>> {
  const index = `${mine}/mine/x86_64`;
  const keys = new Map([[MINE.name, MINE.publicPem]]);
  const bytes = must(await mirror().fetch(indexPath(index)));
  const read = await verifyIndex(bytes, keys);
  const [entry] = read.ok ? read.value.packages : [];
  expect(lock.indexes).toHaveProperty([index]);
  return entry === undefined ? expect.unreachable() : ok({ ...entry, index, scripts: true });
}
