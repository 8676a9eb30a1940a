import { expect, it } from 'vitest';
import { installedChanges, installedPackages, isPackageDatabase, ofSamePackages } from './installed-packages.ts';

const database = (packages: Readonly<Record<string, string>>, more = ''): string =>
  Object.entries(packages)
    .map(([name, version]) => `C:Q1\nP:${name}\nV:${version}\nA:x86_64\n${more}F:lib\nR:x\n\n`)
    .join('');

it('names what is added, removed, or has another version', () => {
  const [before, after] = [
    database({ musl: '1.2.5-r0', busybox: '1.36.1-r29', old: '1' }),
    database({ musl: '1.2.5-r1', busybox: '1.36.1-r29', new: '2' }),
  ];
  expect(installedChanges(before, after)).toEqual([
    { name: 'musl', before: '1.2.5-r0', after: '1.2.5-r1', repository: '' },
    { name: 'new', after: '2', repository: '' },
    { name: 'old', before: '1', repository: '' },
  ]);
  expect(ofSamePackages(before, after)).toEqual([expect.stringContaining('P:busybox'), expect.any(String)]);
  expect(ofSamePackages(before, after)[0]).not.toContain('musl');
});

it('has nothing to say of what says nothing of packages', () => {
  expect(installedPackages('some\n\ntext')).toEqual([]);
  expect(installedChanges('', 'P:no-version\n')).toEqual([]);
});

it('knows the database where apk has it, in archives too', () => {
  for (const path of ['/lib/apk/db/installed', './lib/apk/db/installed', 'usr/lib/apk/db/installed'])
    expect([path, isPackageDatabase(path)]).toEqual([path, true]);
  for (const path of ['/srv/lib/apk/db/installed', '/lib/apk/db/installed.new', 'lib/apk/db'])
    expect([path, isPackageDatabase(path)]).toEqual([path, false]);
});
