import { describe, expect, it } from 'vitest';
import { type ClosurePackage, withClosures } from '../../alpine/locking/closures.ts';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { parseSecdb } from '../../alpine/security/secdb.ts';
import { packageSet } from '../package-set.ts';
import { variantRequest } from '../supply/closure-request.ts';
import { testConfig } from '../test-config.ts';
import { exposuresOf } from './exposure.ts';

const MAIN = 'v3.20/main/x86_64';
const CONFIG = testConfig(`
  repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true }
  packages { openssh = true, sudo = false }`);

function entry(name: string, version: string, more: Partial<ClosurePackage> = {}): ClosurePackage {
  const checksum = `Q1${'a'.repeat(27)}=`;
  return { index: MAIN, name, version, checksum, size: 7, origin: name, license: 'MIT', scripts: true, ...more };
}

function found(packages: readonly ClosurePackage[], secfixes: Readonly<Record<string, object>>, repository = 'main') {
  const set = packageSet(CONFIG);
  const { key } = variantRequest('3.20/x86_64', set.ok ? set.value : expect.unreachable());
  const document = {
    distroversion: 'v3.20',
    reponame: repository,
    packages: Object.entries(secfixes).map(([name, fixes]) => ({ pkg: { name, secfixes: fixes } })),
  };
  const db = parseSecdb(JSON.stringify(document), 'test');
  const databases = new Map([[`v3.20/${repository}`, db.ok ? db.value : expect.unreachable(db.error.what)]]);
  const lock = withClosures(testLock(), new Map([[key, packages]]), 'replace');
  return exposuresOf(lock, [CONFIG], databases).found.map(
    ({ ids, package: { name, version }, fixed, certain, images }) => {
      return [ids[0], name, version, fixed, certain, images.map(({ config }) => config.variant.name).join()];
    },
  );
}

describe('what images are exposed to', () => {
  it('is told by the source package, for each package that was built from it', () => {
    const packages = [
      entry('libssl', '3.3.0-r0', { origin: 'openssl' }),
      entry('libcrypto', '3.3.1-r1', { origin: 'openssl' }),
    ];
    expect(found(packages, { openssl: { '3.3.1-r1': ['CVE-2024-5535'] } })).toEqual([
      ['CVE-2024-5535', 'libssl', '3.3.0-r0', '3.3.1-r1', true, CONFIG.variant.name],
    ]);
  });

  it('is nothing of a package that the image does not keep', () => {
    expect(found([entry('sudo', '1-r0'), entry('openssh', '2-r0')], { sudo: { '2-r0': ['CVE-2024-1'] } })).toEqual([]);
  });

  it('is nothing by the database of another repository', () => {
    const packages = [entry('openssh', '1-r0')];
    expect(found(packages, { openssh: { '2-r0': ['CVE-2024-1'] } }, 'community')).toEqual([]);
    const other = [entry('openssh', '1-r0', { index: 'v3.20/community/x86_64' })];
    expect(found(other, { openssh: { '2-r0': ['CVE-2024-1'] } }, 'community')).toHaveLength(1);
  });

  it('is uncertain where versions cannot be compared', () => {
    expect(found([entry('openssh', '1-r0')], { openssh: { '4.10-1-r1': ['CVE-2024-1'] } })).toMatchObject([
      ['CVE-2024-1', 'openssh', '1-r0', '4.10-1-r1', false, CONFIG.variant.name],
    ]);
  });

  it('stands by package, then by vulnerability', () => {
    const packages = [entry('b', '1-r0'), entry('a', '1-r0')];
    const secfixes = { b: { '2-r0': ['CVE-2024-2', 'CVE-2024-1'] }, a: { '2-r0': ['CVE-2024-3'] } };
    expect(found(packages, secfixes).map(([id, name]) => `${name} ${id}`)).toEqual([
      'a CVE-2024-3',
      'b CVE-2024-1',
      'b CVE-2024-2',
    ]);
  });
});

it('images that the lock says nothing of are named apart', () => {
  expect(exposuresOf(testLock(), [CONFIG], new Map())).toEqual({ found: [], looked: 0, unlocked: [CONFIG] });
  // Nothing can be locked for an architecture that the mirror does not serve.
  expect(exposuresOf(testLock({ indexes: {} }), [CONFIG], new Map())).toEqual({ found: [], looked: 0, unlocked: [] });
});
