import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../store/content/digest.ts';
import { packTar, TAR_FORMAT_VERSION, type TarEntry, unpackTar } from './tar.ts';

const root = { uid: 0, gid: 0, mtime: 1_725_580_800 };
const noTar = spawnSync('tar', ['--version']).status !== 0;

const everyKind: readonly TarEntry[] = [
  { ...root, path: 'etc', type: 'directory', mode: 0o755, uname: 'root', gname: 'root' },
  { ...root, path: 'etc/motd', type: 'file', mode: 0o644, content: Buffer.from('hello\n') },
  { ...root, path: 'etc/secret', type: 'file', mode: 0, content: Buffer.from('x'), uid: 1000, gid: 1001 },
  { ...root, path: 'etc/link', type: 'symlink', mode: 0o777, linkTarget: 'motd' },
  { ...root, path: 'etc/hard', type: 'hardlink', mode: 0o644, linkTarget: 'etc/motd' },
  { ...root, path: 'dev/null', type: 'character', mode: 0o666, device: { major: 1, minor: 3 } },
  { ...root, path: 'dev/loop0', type: 'block', mode: 0o660, device: { major: 7, minor: 0 } },
  { ...root, path: 'run/pipe', type: 'fifo', mode: 0o600 },
  {
    ...root,
    path: `deep/${'d'.repeat(90)}/${'f'.repeat(120)}`,
    type: 'file',
    mode: 0o600,
    content: Buffer.alloc(600, 7),
  },
  { ...root, path: 'ünï', type: 'symlink', mode: 0o777, linkTarget: 't'.repeat(200) },
  {
    ...root,
    path: 'bin/busybox',
    type: 'file',
    mode: 0o4755,
    uid: 3_000_000,
    content: Buffer.alloc(512, 1),
    pax: { 'APK-TOOLS.checksum.SHA1': 'aa'.repeat(20) },
  },
];

test('the bytes of an archive belong to its format version', async () => {
  expect({ version: TAR_FORMAT_VERSION, ...digestOf(await packTar(everyKind)) }).toEqual({
    version: 1,
    size: 12288,
    hash: '0c0de273d23f8fd3cf14ec4e853a2c98187921cae9c9e242fa8e566c92858c7c',
  });
});

test('what was packed comes out again, every kind and every field', async () => {
  expect(await unpackTar(await packTar(everyKind))).toEqual(everyKind.map(withoutEmpty));
});

test('an archive without its end blocks is the archive less 1024 zeros, and can be read', async () => {
  const whole = await packTar(everyKind);
  const open = await packTar(everyKind, { endOfArchive: false });
  expect(Buffer.concat([open, Buffer.alloc(1024)]).equals(whole)).toBe(true);
  expect(await unpackTar(open)).toEqual(everyKind.map(withoutEmpty));
});

test('two segments without end blocks read as one archive', async () => {
  const first = await packTar(everyKind.slice(0, 1), { endOfArchive: false });
  const rest = await packTar(everyKind.slice(1));
  expect(await unpackTar(Buffer.concat([first, rest]))).toHaveLength(everyKind.length);
});

test('the order in which records were put together does not reach the bytes', async () => {
  const entry: TarEntry = { ...root, path: 'a', type: 'file', mode: 0o644 };
  const one = await packTar([{ ...entry, pax: { b: '2', a: '1' } }]);
  const other = await packTar([{ ...entry, pax: { a: '1', b: '2' } }]);
  expect(one.equals(other)).toBe(true);
});

test('a truncated archive is rejected', async () => {
  const whole = await packTar(everyKind);
  await expect(unpackTar(whole.subarray(0, 1000))).rejects.toThrow();
  await expect(unpackTar(Buffer.alloc(2048, 'not a tar'))).rejects.toThrow();
});

test('a time that tar cannot hold is a bug of the caller', async () => {
  await expect(packTar([{ ...root, path: 'a', type: 'fifo', mode: 0, mtime: 2 ** 31 }])).rejects.toThrow(
    /Internal error/,
  );
});

test('any path and content survive', async () => {
  const name = fc
    .stringMatching(/^[^/\0]{1,140}$/)
    .filter(text => text.isWellFormed() && text !== '.' && text !== '..');
  const file = fc.record({
    path: fc.array(name, { minLength: 1, maxLength: 4 }),
    content: fc.uint8Array({ maxLength: 1500 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 5 }), async files => {
      const entries = files.map(
        ({ path, content }): TarEntry => ({
          ...root,
          path: path.join('/'),
          type: 'file',
          mode: 0o644,
          content: Buffer.from(content),
        }),
      );
      expect(await unpackTar(await packTar(entries))).toEqual(entries);
    }),
    { numRuns: 60 },
  );
});

test.skipIf(noTar)('tar, where installed, lists the same entries', async () => {
  const listing = execFileSync('tar', ['--full-time', '--numeric-owner', '--utc', '-tvf', '-'], {
    input: await packTar(everyKind),
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = listing
    .trimEnd()
    .split('\n')
    .map(line => line.replace(/ +/g, ' '));
  expect(lines).toEqual([
    'drwxr-xr-x 0/0 0 2024-09-06 00:00:00 etc/',
    '-rw-r--r-- 0/0 6 2024-09-06 00:00:00 etc/motd',
    '---------- 1000/1001 1 2024-09-06 00:00:00 etc/secret',
    'lrwxrwxrwx 0/0 0 2024-09-06 00:00:00 etc/link -> motd',
    'hrw-r--r-- 0/0 0 2024-09-06 00:00:00 etc/hard link to etc/motd',
    'crw-rw-rw- 0/0 1,3 2024-09-06 00:00:00 dev/null',
    'brw-rw---- 0/0 7,0 2024-09-06 00:00:00 dev/loop0',
    'prw------- 0/0 0 2024-09-06 00:00:00 run/pipe',
    `-rw------- 0/0 600 2024-09-06 00:00:00 deep/${'d'.repeat(90)}/${'f'.repeat(120)}`,
    `lrwxrwxrwx 0/0 0 2024-09-06 00:00:00 ünï -> ${'t'.repeat(200)}`,
    '-rwsr-xr-x 3000000/0 512 2024-09-06 00:00:00 bin/busybox',
  ]);
});

test.skipIf(noTar)('archives of tar, where installed, are read in GNU and PAX form', async () => {
  for (const format of ['gnu', 'pax', 'ustar', 'oldgnu']) {
    const options = ['--format', format, '--owner=0', '--group=0', '--mtime=@1725580800', '-C', import.meta.dirname];
    const bytes = execFileSync('tar', [
      ...options,
      '-cf',
      '-',
      './tar.ts',
      `--transform=s,^,${'long/'.repeat(format === 'ustar' ? 3 : 40)},`,
    ]);
    const [entry] = await unpackTar(bytes);
    expect(entry).toMatchObject({ type: 'file', mtime: 1_725_580_800, uid: 0 });
    expect(entry?.path).toMatch(/^(long\/)+(\.\/)?tar\.ts$/);
    expect(entry?.content?.toString()).toContain('export async function unpackTar');
  }
});

function withoutEmpty(entry: TarEntry): TarEntry {
  return entry.content === undefined ? entry : { ...entry, content: Buffer.from(entry.content) };
}
