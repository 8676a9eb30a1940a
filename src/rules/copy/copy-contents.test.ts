import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ClosurePackage, withClosures } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { openMirror } from '../../alpine/mirror/open-mirror.ts';
import { trustRoot } from '../../alpine/package/keys.ts';
import { type Label, reachable } from '../../engine/model/graph.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { fetchPrograms } from '../programs/fetch-table.ts';
import { makeImageGraph } from '../project/image-graph.ts';
import { testConfig } from '../test-config.ts';
import { type CopyContents, copyContents, firmwareFor, lockedPaths } from './copy-contents.ts';

const CDN = 'https://dl-cdn.alpinelinux.org/alpine';
const REPOSITORIES = `repos { "${CDN}/{v_version}/main" = true, "${CDN}/{v_version}/community" = true }`;
const TINY = '//aws/x86_64/uefi/tiny@3.20';
const MAIN = 'v3.20/main/x86_64';
const COMMUNITY = 'v3.20/community/x86_64';

interface Case {
  readonly text?: string;
  readonly firmware?: string;
  readonly lock?: Partial<Lock>;
  /** Packages by the label of their node; the lock has no closure for other nodes. */
  readonly closures?: Readonly<Record<string, readonly ClosurePackage[]>>;
  readonly workspace?: string;
}

const CLOSURES = {
  [`${TINY}:packages`]: [entry('app'), entry('musl')],
  '//toolbox/x86_64': [entry('mtools'), entry('musl')],
  '//firmware/x86_64': [entry('ovmf', COMMUNITY)],
};

function entry(name: string, index = MAIN): ClosurePackage {
  const checksum = `Q1${'a'.repeat(27)}=`;
  return { index, name, version: '1-r0', checksum, size: 7, origin: name, license: 'MIT', scripts: true };
}

function project({
  text = REPOSITORIES,
  firmware = 'uefi',
  lock = {},
  closures = CLOSURES,
  workspace = '/w',
}: Case = {}) {
  const configs = [testConfig(`${text}\npackages { app = true }`, firmware)];
  const common = { configs, root: trustRoot('alpine'), scriptFolders: [], workspace, home: '/home' };
  const open = makeImageGraph({ ...common, lock: testLock() });
  if (!open.ok) return expect.unreachable(open.error.what);
  const answers = [...open.value.unanswered].flatMap(([label, { key }]) => {
    const packages = new Map(Object.entries(closures)).get(label);
    return packages === undefined ? [] : [[key, packages] as const];
  });
  const made = makeImageGraph({ ...common, lock: withClosures(testLock(lock), new Map(answers), 'add') });
  return made.ok ? { graph: made.value.graph, configs } : expect.unreachable(made.error.what);
}

/** With the firmware for the images, as in the verb. */
function contentsOf(of: Case, ...targets: readonly string[]) {
  const made = project(of);
  const labels = targets as readonly Label[];
  return copyContents(made, labels, firmwareFor(made.graph, reachable(made.graph, labels)));
}

function pathsOf(result: ReturnType<typeof contentsOf>): readonly string[] {
  if (!result.ok) return expect.unreachable(result.error.what);
  const { packages, indexes, isos } = result.value satisfies CopyContents;
  return [...packages, ...indexes, ...isos].map(({ path }) => path).sort();
}

const INDEXES = [`${COMMUNITY}/APKINDEX.tar.gz`, `${MAIN}/APKINDEX.tar.gz`];
const PACKAGES = [`${MAIN}/app-1-r0.apk`, `${MAIN}/musl-1-r0.apk`];
const TOOLS = `${MAIN}/mtools-1-r0.apk`;
const OVMF = `${COMMUNITY}/ovmf-1-r0.apk`;

describe('what a copy has to hold', () => {
  test('for an image: its packages, the tools, the firmware that boots it, the ISO, the indexes', () => {
    expect(pathsOf(contentsOf({}, `${TINY}:image`))).toEqual([...PACKAGES, TOOLS, OVMF, ...INDEXES, 'x.iso'].sort());
  });

  test('for a disk alone no firmware, nor for an image that boots without', () => {
    const without = [...PACKAGES, TOOLS, ...INDEXES, 'x.iso'].sort();
    expect(pathsOf(contentsOf({}, `${TINY}:disk`))).toEqual(without);
    const bios = TINY.replace('uefi', 'bios');
    const closures = { ...CLOSURES, [`${bios}:packages`]: CLOSURES[`${TINY}:packages`] ?? [] };
    expect(pathsOf(contentsOf({ firmware: 'bios', closures }, `${bios}:image`))).toEqual(without);
  });

  test('for packages alone just those, and the indexes of all repositories of the image', () => {
    expect(pathsOf(contentsOf({}, `${TINY}:packages`))).toEqual([...PACKAGES, ...INDEXES].sort());
  });

  test('for a node that images share what it takes itself', () => {
    expect(pathsOf(contentsOf({}, '//firmware/x86_64'))).toEqual([INDEXES[0], OVMF]);
    expect(pathsOf(contentsOf({}, '//iso/3.20/x86_64'))).toEqual(['x.iso']);
    expect(pathsOf(contentsOf({}, '//index/3.20/x86_64/main'))).toEqual([INDEXES[1]]);
    expect(pathsOf(contentsOf({}, `${TINY}:overlay`))).toEqual([]);
  });

  test('sizes are the lock’s', () => {
    const result = contentsOf({}, `${TINY}:image`);
    if (!result.ok) return expect.unreachable();
    expect(new Set(result.value.packages.map(({ size }) => size))).toEqual(new Set([7]));
    expect(result.value.indexes.map(({ size }) => size)).toEqual([1, 1]);
    expect(result.value.unbootable).toEqual([]);
    expect(result.value.isos).toMatchObject([{ path: 'x.iso', size: 1, sha512: '3'.repeat(128), signature: 'x' }]);
  });

  test('firmware of the user’s own is nobody else’s to bring', () => {
    const workspace = testFolder('copy-contents');
    mkdirSync(join(workspace, 'firmware/x86_64'), { recursive: true });
    writeFileSync(join(workspace, 'firmware/x86_64/code.fd'), '');
    expect(pathsOf(contentsOf({ workspace }, `${TINY}:image`))).toEqual(
      [...PACKAGES, TOOLS, ...INDEXES, 'x.iso'].sort(),
    );
  });

  test('every sort of file that a build fetches is copied: whoever adds one has to say how', () => {
    const mirror = openMirror('https://mirror.test');
    if (!mirror.ok) return expect.unreachable();
    expect(Object.keys(fetchPrograms(mirror.value)).sort()).toEqual(['index', 'iso', 'package']);
  });
});

describe('what the lock does not have', () => {
  test.each([
    ['the packages', { closures: { ...CLOSURES, [`${TINY}:packages`]: undefined } }, 'the packages of'],
    ['the tools', { closures: { ...CLOSURES, '//toolbox/x86_64': undefined } }, 'the packages of //toolbox'],
    ['the ISO', { lock: { iso: {} } }, 'an ISO of 3.20'],
    [
      'the signature of the ISO',
      { lock: { iso: { '3.20/x86_64': { path: 'x.iso', size: 1, sha256: '', sha512: '' } } } },
      'no signature',
    ],
  ])('%s: it fails as a build would', (_, { closures, lock }: { closures?: object; lock?: Partial<Lock> }, words) => {
    const known = Object.entries(closures ?? CLOSURES).filter(([, packages]) => packages !== undefined);
    const result = contentsOf({ closures: Object.fromEntries(known), ...(lock ? { lock } : {}) }, `${TINY}:image`);
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'AIB_NOT_LOCKED', what: expect.stringContaining(words) },
    });
  });

  test('the firmware: the image is copied without, which is told; a target that boots it fails', () => {
    const closures = { ...CLOSURES, '//firmware/x86_64': [] };
    const image = contentsOf({ closures }, `${TINY}:image`);
    expect(pathsOf(image)).not.toContain(OVMF);
    expect(image).toMatchObject({ value: { unbootable: [{ code: 'AIB_NO_PACKAGE' }] } });
    expect(contentsOf({ closures }, `${TINY}:boot`)).toMatchObject({ ok: false, error: { code: 'AIB_NO_PACKAGE' } });
  });

  test('an index of a repository that the image names: it is copied without', () => {
    const [index] = Object.values(testLock().indexes);
    const lock = { indexes: index === undefined ? {} : { [MAIN]: index } };
    expect(pathsOf(contentsOf({ lock }, `${TINY}:packages`))).toEqual([`${MAIN}/APKINDEX.tar.gz`, ...PACKAGES]);
  });
});

test('a lock names its packages, also two versions of one, its indexes and its ISOs', () => {
  const two = new Map([
    ['a', [entry('app'), { ...entry('app'), version: '2-r0' }]],
    ['b', [entry('ovmf', COMMUNITY)]],
  ]);
  expect([...lockedPaths(withClosures(testLock(), two, 'add'))].sort()).toEqual(
    [`${MAIN}/app-1-r0.apk`, `${MAIN}/app-2-r0.apk`, OVMF, ...INDEXES, 'x.iso'].sort(),
  );
});
