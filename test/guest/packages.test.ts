import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guestPart } from './guest-part.ts';

const apk = (version: string): string => `apk() { echo 'apk-tools ${version}, compiled for x86_64.'; }`;

describe('the package database of a tree', () => {
  const archive = 'tree/lib/apk/db/scripts.tar';
  const prepared = (installer: string, target: string, before: Readonly<Record<string, string>> = {}) => {
    const { folder, run } = guestPart('packages', {
      'in/packages/target.list': `musl-1.2.5-r0.apk\n${target}.apk\n`,
      ...before,
    });
    for (const name of Object.keys(before)) execFileSync('gzip', [join(folder, name)]);
    run(`${apk(installer)}; prepare_database ${folder}/in/packages/target.list`);
    return existsSync(join(folder, archive)) ? readFileSync(join(folder, archive)) : undefined;
  };

  it('gets the form that apk 2 reads before apk 3 installs into it', () => {
    expect(prepared('3.0.6', 'apk-tools-2.14.9-r2')).toEqual(Buffer.alloc(1024));
  });

  it('gets it also where a base without apk has another one already', () => {
    expect(prepared('3.0.6', 'apk-tools-2.14.9-r2', { [archive]: 'scripts' })?.toString()).toBe('scripts');
  });

  it('is left to the installer otherwise', () => {
    expect(prepared('2.14.9', 'apk-tools-2.14.9-r2')).toBeUndefined();
    expect(prepared('3.0.6', 'apk-tools-3.0.6-r0')).toBeUndefined();
    expect(prepared('2.14.9', 'apk-tools-3.0.6-r0')).toBeUndefined();
  });
});

describe("a tree that an image's packages go into", () => {
  const check = (...installed: readonly string[]): string => {
    const records = installed.map(name => `C:Q1x=\nP:${name.replace(/-.*/, '')}\nV:${name.replace(/^.*?-/, '')}\n\n`);
    const { run } = guestPart('packages', {
      'in/packages/base.list': 'musl-1.2.5-r0.apk\nbusybox-1.36.1-r29.apk\n',
      'tree/lib/apk/db/installed': records.join(''),
    });
    return run('check_base; echo fine');
  };

  it('has the packages of its base, in whatever order', () => {
    expect(check('busybox-1.36.1-r29', 'musl-1.2.5-r0')).toBe('fine\n');
  });

  it('is refused with one less, one more or another version', () => {
    for (const installed of [
      ['musl-1.2.5-r0'],
      ['busybox-1.36.1-r29', 'musl-1.2.5-r0', 'a-1-r0'],
      ['busybox-1.36.1-r30', 'musl-1.2.5-r0'],
    ])
      expect(check(...installed)).toMatch(/^fail AIB_GUEST the tree does not have the packages of the base\n/);
  });
});

describe('the keys of repositories outside of Alpine', () => {
  const files = { 'in/packages/keys/mine.rsa.pub': 'mine', 'in/packages/keys/alpine.rsa.pub': 'alpine' };
  const keysOf = (folder: string): readonly string[] =>
    existsSync(join(folder, 'tree/etc/apk/keys')) ? readdirSync(join(folder, 'tree/etc/apk/keys')) : [];

  it('lie in the finished system for its own apk, and no others', () => {
    const { folder, run } = guestPart('packages', { ...files, 'in/packages/repository-keys': 'mine.rsa.pub\n' });
    run('umask 077; install_repository_keys');
    expect(keysOf(folder)).toEqual(['mine.rsa.pub']);
    const path = join(folder, 'tree/etc/apk/keys/mine.rsa.pub');
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['mine', 0o644]);
  });

  it('leave alone what a package brought', () => {
    const brought = { 'tree/etc/apk/keys/mine.rsa.pub': 'brought' };
    const { folder, run } = guestPart('packages', {
      ...files,
      ...brought,
      'in/packages/repository-keys': 'mine.rsa.pub\n',
    });
    run('install_repository_keys');
    expect(readFileSync(join(folder, 'tree/etc/apk/keys/mine.rsa.pub'), 'utf8')).toBe('brought');
  });

  it('are none where the configuration names none', () => {
    const { folder, run } = guestPart('packages', files);
    run('install_repository_keys');
    expect(keysOf(folder)).toEqual([]);
  });
});

describe('at the end of a build', () => {
  const CHECKSUM = 'Q1yY8lhMF1VhgegJgkcXfqaNabDJw=';
  const own = (version: string, triggers: string): string =>
    `chroot() { case "$*" in *--version) echo 'apk-tools ${version}' ;; *) printf '${triggers}' ;; esac; }`;
  /** The output of the check for a tree in which grub has a trigger and busybox a script that ran. */
  const check = (
    version: string,
    archive: string,
    names: readonly string[],
    triggers = 'grub-2.12-r5 triggers:\\n/boot\\n',
  ) => {
    const { folder, run } = guestPart('database', {
      'tree/sbin/apk': '',
      'tree/lib/apk/db/installed': `C:Q1aaa=\nP:busybox\nV:1.36.1-r29\n\nC:${CHECKSUM}\nP:grub\nV:2.12-r5\n\n`,
      'tree/lib/apk/db/triggers': `${CHECKSUM} /boot\n`,
      'tree/tmp/aib/scripts-that-ran': 'busybox-1.36.1-r29.post-install\ngone-1.0-r0.post-install\n',
    });
    for (const name of names) writeFileSync(join(folder, name), '');
    execFileSync('tar', [
      archive.endsWith('.gz') ? '-czf' : '-cf',
      join(folder, 'tree/lib/apk/db', archive),
      '-C',
      folder,
      ...names,
    ]);
    return run(`${own(version, triggers)}; check_database; echo fine`);
  };
  const BOTH = [`busybox-1.36.1-r29.${CHECKSUM}.post-install`, `grub-2.12-r5.${CHECKSUM}.trigger`];

  it('the own apk knows the scripts that ran and the triggers', () => {
    expect(check('2.14.4', 'scripts.tar', BOTH)).toBe('fine\n');
    expect(check('3.0.6', 'scripts.tar.gz', BOTH)).toBe('fine\n');
  });

  it('that archive may be one that apk 3 wrote, with other checksums', () => {
    const hex = `X1${'5'.repeat(40)}`;
    expect(
      check(
        '2.14.4',
        'scripts.tar',
        BOTH.map(name => name.replace(CHECKSUM, hex)),
      ),
    ).toBe('fine\n');
  });

  it('an archive that only apk 3 reads is a failure for apk 2', () => {
    expect(check('2.14.4', 'scripts.tar.gz', BOTH)).toMatch(
      /^fail AIB_PACKAGE_DATABASE .*\nbusybox-1\.36\.1-r29\.post-install ran in this build; \/lib\/apk\/db\/scripts\.tar does not have it\nthe trigger on \/boot has no script/,
    );
  });

  it('a script that ran and is lost is a failure', () => {
    expect(check('2.14.4', 'scripts.tar', BOTH.slice(1))).toContain('fail AIB_PACKAGE_DATABASE');
  });

  it('a trigger that the own apk does not list is a failure', () => {
    expect(check('2.14.4', 'scripts.tar', BOTH, 'grub-2.12-r5 triggers:\\n\\n')).toContain(
      'apk info lists no trigger of grub-2.12-r5',
    );
  });
});
