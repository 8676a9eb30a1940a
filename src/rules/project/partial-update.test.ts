import { describe, expect, it } from 'vitest';
import { type ClosurePackage, closurePackages, withClosures } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { lockedNames, lockForPackages, lockForVersions } from './partial-update.ts';

const MAIN = 'v3.20/main/x86_64';
const COMMUNITY = 'v3.20/community/x86_64';

function entry(name: string, origin = name, index = MAIN): ClosurePackage {
  const checksum = `Q1${'a'.repeat(27)}=`;
  return { index, name, version: '1-r0', checksum, size: 7, origin, license: 'MIT', scripts: true };
}

const PACKAGES = {
  '3.20/x86_64/one': [entry('musl'), entry('libssl', 'openssl'), entry('libcrypto', 'openssl')],
  '3.20/x86_64/two': [entry('musl'), entry('sudo', 'sudo', COMMUNITY)],
};
const digest = (letter: string) => ({ hash: letter.repeat(64), size: 1 }) as Lock['indexes'][string];
const indexes = (letter: string) => ({
  [MAIN]: digest(letter),
  [COMMUNITY]: digest(letter),
  'v3.19/main/x86_64': digest(letter),
});
const release = (name: string) => ({ release: name, date: '2024-09-06', endOfLife: '2026-04-01' });
const iso = (path: string) => ({ path, size: 1, sha256: '2'.repeat(64), sha512: '3'.repeat(128) });
const OLD = withClosures(
  testLock({
    indexes: indexes('1'),
    releases: { '3.20': release('3.20.3'), '3.19': release('3.19.4') },
    iso: { '3.20/x86_64': iso('old'), '3.2/x86_64': iso('old') },
  }),
  new Map([...Object.entries(PACKAGES), ['3.19/x86_64/three', [entry('musl')]]]),
  'replace',
);
const FRESH = testLock({
  updated: '2026-01-01',
  indexes: indexes('9'),
  releases: { '3.20': release('3.20.9'), '3.19': release('3.19.9') },
  iso: { '3.20/x86_64': iso('new') },
});

describe('an update of a version', () => {
  const { releases, iso: isos, indexes: locked, closures, updated } = lockForVersions(OLD, FRESH, ['3.20']);

  it('takes all that is its own from the mirror, and leaves the rest', () => {
    expect([releases['3.20']?.release, releases['3.19']?.release]).toEqual(['3.20.9', '3.19.4']);
    expect([locked[MAIN], locked['v3.19/main/x86_64']]).toEqual([digest('9'), digest('1')]);
    expect([isos['3.20/x86_64']?.path, isos['3.2/x86_64']?.path]).toEqual(['new', 'old']);
    expect(updated).toBe(OLD.updated);
  });

  it('has its closures worked out anew', () => expect(Object.keys(closures)).toEqual(['3.19/x86_64/three']));
});

describe('an update of packages', () => {
  it.each([['libssl'], ['openssl'], ['libcrypto']])(
    '%s: moves all of the same source, and keeps what stands beside it',
    word => {
      const { lock, pins } = lockForPackages(OLD, FRESH, [word]);
      expect([...pins]).toEqual([['3.20/x86_64/one', [entry('musl')]]]);
      expect(Object.keys(lock.closures).sort()).toEqual(['3.19/x86_64/three', '3.20/x86_64/two']);
      expect(lock.indexes).toEqual({ ...indexes('9'), 'v3.19/main/x86_64': digest('1') });
      expect([lock.releases, lock.iso, lock.updated]).toEqual([OLD.releases, OLD.iso, OLD.updated]);
    },
  );

  it('of all closures that have it, with all indexes that these need', () => {
    const { lock, pins } = lockForPackages(OLD, FRESH, ['musl']);
    expect([...pins.keys()]).toEqual(['3.20/x86_64/one', '3.20/x86_64/two', '3.19/x86_64/three']);
    expect(lock.indexes).toEqual(indexes('9'));
    expect(closurePackages(lock, '3.20/x86_64/two')).toBeUndefined();
  });
});

it('the names that a lock knows are those of packages and of their sources', () => {
  expect([...lockedNames(OLD)].sort()).toEqual(['libcrypto', 'libssl', 'musl', 'openssl', 'sudo']);
});
