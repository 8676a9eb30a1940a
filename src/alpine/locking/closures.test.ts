import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { type ClosurePackage, closureKey, closurePackages, withClosures } from './closures.ts';
import { type Lock, lockText, readLock } from './lock.ts';
import { testLock } from './test-lock.ts';

const MAIN = 'v3.20/main/x86_64';
const KEY = '3.20/x86_64/0123456789abcdef';

function entry(name: string, version = '1-r0', more: Partial<ClosurePackage> = {}): ClosurePackage {
  const checksum = `Q1${Buffer.from(`${name}=${version}`.padEnd(20, '.')).toString('base64').slice(0, 27)}=`;
  return { index: MAIN, name, version, checksum, size: 7, origin: name, license: 'MIT', scripts: true, ...more };
}

function lockWith(closures: Readonly<Record<string, readonly ClosurePackage[]>>): Lock {
  return withClosures(testLock(), new Map(Object.entries(closures)), 'replace');
}

describe('the closures of a lock', () => {
  it('give back what was put there, by name', () => {
    const packages = [entry('zlib'), entry('busybox', '1.36-r2', { scripts: false, origin: 'bb' }), entry('musl')];
    const lock = lockWith({ [KEY]: packages });
    expect(closurePackages(lock, KEY)).toEqual([packages[1], packages[2], packages[0]]);
    expect(lock.closures[KEY]).toEqual({ packages: { [MAIN]: ['busybox', 'musl', 'zlib'] }, noScripts: ['busybox'] });
  });

  it('survive the file', () => {
    const folder = testFolder('closures');
    const lock = lockWith({ [KEY]: [entry('musl')], other: [entry('musl', '0-r1'), entry('lib++', '2~abc-r0')] });
    writeFileSync(join(folder, 'aib.lock'), lockText(lock));
    expect(readLock(join(folder, 'aib.lock'))).toEqual({ ok: true, value: lock });
  });

  it('name a version where two of one package are in use: the newest has the bare name', () => {
    const lock = lockWith({ a: [entry('musl', '1.2.9-r0')], b: [entry('musl', '1.2.10-r0')] });
    expect(Object.keys(lock.packages[MAIN] ?? {}).sort()).toEqual(['musl', 'musl=1.2.9-r0']);
    expect(closurePackages(lock, 'a')).toEqual([entry('musl', '1.2.9-r0')]);
    expect(closurePackages(lock, 'b')).toEqual([entry('musl', '1.2.10-r0')]);
  });

  it('have no answer where one of its packages is not in the table, as after a merge', () => {
    const lock = lockWith({ [KEY]: [entry('musl'), entry('zlib')] });
    const { zlib: _, ...left } = lock.packages[MAIN] ?? {};
    expect(closurePackages({ ...lock, packages: { [MAIN]: left } }, KEY)).toBeUndefined();
    expect(closurePackages(lock, 'toString')).toBeUndefined();
  });

  it('have no answer where they name something twice', () => {
    const lock = lockWith({ a: [entry('musl', '1-r0')], b: [entry('musl', '2-r0')] });
    const twice = { ...lock, closures: { [KEY]: { packages: { [MAIN]: ['musl', 'musl=1-r0'] } } } };
    expect(closurePackages(twice, KEY)).toBeUndefined();
    expect(
      closurePackages({ ...lock, closures: { [KEY]: { packages: JSON.parse('{"__proto__":["x"]}') } } }, KEY),
    ).toBeUndefined();
  });

  it('go where another has a version that was built anew: the file of the old one is gone', () => {
    const lock = lockWith({ old: [entry('musl'), entry('zlib')], other: [entry('zlib')] });
    const anew = { ...entry('musl'), checksum: `Q1${'b'.repeat(27)}=` };
    const added = withClosures(lock, new Map([['new', [anew]]]), 'add');
    expect(Object.keys(added.closures)).toEqual(['other', 'new']);
    expect(closurePackages(added, 'new')).toEqual([anew]);
  });

  it('are added to, or replaced with all that only they named', () => {
    const lock = lockWith({ a: [entry('musl'), entry('zlib')] });
    const more = new Map([['b', [entry('musl')]]]);
    expect(Object.keys(withClosures(lock, more, 'add').closures)).toEqual(['a', 'b']);
    const replaced = withClosures(lock, more, 'replace');
    expect([Object.keys(replaced.closures), Object.keys(replaced.packages[MAIN] ?? {})]).toEqual([['b'], ['musl']]);
  });

  it('come out the same whatever the order in which they were found', () => {
    const packages = fc.uniqueArray(
      fc.record({ name: fc.constantFrom('a', 'b', 'c'), version: fc.constantFrom('1-r0', '1.0-r0', '2-r0', '10-r0') }),
      { selector: ({ name }) => name },
    );
    const sets = fc.dictionary(fc.constantFrom('x', 'y', 'z'), packages);
    fc.assert(
      fc.property(sets, each => {
        const made = Object.entries(each).map(([key, list]) => {
          return [key, list.map(({ name, version }) => entry(name, version))] as const;
        });
        const [one, other] = [made, made.toReversed()].map(list => lockText(lockWith(Object.fromEntries(list))));
        expect(one).toBe(other);
        for (const [key, list] of made) {
          const names = list.map(({ name, version }) => `${name} ${version}`).sort();
          const known = closurePackages(lockWith(Object.fromEntries(made)), key) ?? [];
          expect(known.map(({ name, version }) => `${name} ${version}`)).toEqual(names);
        }
      }),
    );
  });
});

describe('the key of a closure', () => {
  const wishes = { world: ['a', 'b'], noScripts: [], repositories: [{ path: MAIN }] };

  it('is another for whatever decides what comes out', () => {
    const others = [
      { ...wishes, world: ['a'] },
      { ...wishes, noScripts: ['b'] },
      { ...wishes, repositories: [{ path: MAIN, tag: 'main' }] },
      { ...wishes, alone: true },
    ];
    expect(new Set([wishes, ...others].map(each => closureKey('3.20/x86_64', each))).size).toBe(5);
    expect(closureKey('3.20/x86_64', wishes)).not.toBe(closureKey('3.21/x86_64', wishes));
  });

  // Changing this key invalidates the closures in every existing lock.
  it('is what it was', () => expect(closureKey('3.20/x86_64', wishes)).toBe('3.20/x86_64/10467ae10d50d5bf'));
});

describe('two branches of a repository', () => {
  let folder = '';
  const git = (...words: readonly string[]) => execFileSync('git', words, { cwd: folder, encoding: 'utf8' });
  const names = ['abuild', 'apk-tools', 'busybox', 'busybox-openrc', 'musl', 'openssl', 'zlib'];
  const base = names.map(name => entry(name));
  const commit = (
    packages: readonly ClosurePackage[],
    more: Readonly<Record<string, readonly ClosurePackage[]>> = {},
  ) => {
    writeFileSync(join(folder, 'aib.lock'), lockText(lockWith({ [KEY]: packages, ...more })));
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-qm', 'lock');
  };
  const moved = (...others: readonly string[]) =>
    base.map(each => (others.includes(each.name) ? entry(each.name, '2-r0') : each));

  it('that updated other packages, neighbours too, merge without conflict', context => {
    if (spawnSync('git', ['--version']).status !== 0) context.skip('no git here');
    folder = testFolder('merge');
    git('init', '-q', '-b', 'main');
    commit(base);
    git('checkout', '-qb', 'other');
    commit(moved('busybox-openrc', 'openssl'), { '3.20/x86_64/ffff000000000000': [entry('curl')] });
    git('checkout', '-q', 'main');
    commit(moved('busybox', 'musl'));
    git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'merge', '-q', 'other');
    const merged = readLock(join(folder, 'aib.lock'));
    const lock = merged.ok && merged.value !== undefined ? merged.value : expect.unreachable();
    expect(closurePackages(lock, KEY)).toEqual(moved('busybox', 'busybox-openrc', 'musl', 'openssl'));
    expect(Object.keys(lock.closures)).toHaveLength(2);
    expect(readFileSync(join(folder, 'aib.lock'), 'utf8')).toBe(lockText(lock));
  });
});
