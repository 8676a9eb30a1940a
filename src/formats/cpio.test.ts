import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../store/content/digest.ts';
import { CPIO_FORMAT_VERSION, type CpioEntry, packCpio, unpackCpio } from './cpio.ts';

const mtime = 1_725_580_800;
const noCpio = spawnSync('cpio', ['--version']).status !== 0;

const everyKind: readonly CpioEntry[] = [
  { path: 'aib', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime },
  { path: 'aib/init', type: 'file', mode: 0o755, uid: 0, gid: 0, mtime, content: Buffer.from('#!/bin/busybox sh\n') },
  { path: 'aib/none', type: 'file', mode: 0o600, uid: 4001, gid: 4002, mtime, content: Buffer.alloc(0) },
  { path: 'aib/console', type: 'character', mode: 0o600, uid: 0, gid: 0, mtime, device: { major: 5, minor: 1 } },
  { path: 'aib/vda', type: 'block', mode: 0o660, uid: 0, gid: 0, mtime, device: { major: 254, minor: 0 } },
  { path: 'aib/pipe', type: 'fifo', mode: 0o600, uid: 0, gid: 0, mtime },
  { path: 'aib/sh', type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime, linkTarget: '/bin/busybox' },
];

test('the bytes of an archive belong to its format version', () => {
  expect({ version: CPIO_FORMAT_VERSION, ...digestOf(packCpio(everyKind)) }).toEqual({
    version: 1,
    size: 996,
    hash: '62bfd42b3536473ff713c8727fb1c7fe3335ca8fa74800eb955211b8babd7750',
  });
});

test('what was packed comes out again, every kind and every field', () => {
  expect(unpackCpio(packCpio(everyKind))).toEqual({ ok: true, value: everyKind });
});

test('archives that follow each other, as the kernel takes them, are read as one', () => {
  const two = Buffer.concat([packCpio(everyKind.slice(0, 2)), Buffer.alloc(512), packCpio(everyKind.slice(2))]);
  expect(unpackCpio(two)).toEqual({ ok: true, value: everyKind });
});

test('owner defaults to root, and the size is a multiple of 4', () => {
  const bytes = packCpio([{ path: 'a', type: 'file', mode: 0o644, mtime, content: Buffer.from('12345') }]);
  expect(bytes.byteLength % 4).toBe(0);
  expect(unpackCpio(bytes)).toMatchObject({ value: [{ uid: 0, gid: 0 }] });
});

test('an archive cut anywhere fails with where it ends', () => {
  const bytes = packCpio(everyKind);
  for (let size = 0; size < bytes.byteLength - 4; size += 1) {
    const read = unpackCpio(bytes.subarray(0, size));
    expect(read).toMatchObject({ ok: false, error: { code: 'AIB_BAD_CPIO' } });
  }
});

test('compressed bytes are refused, not read as an empty archive', () => {
  expect(unpackCpio(Buffer.from([0x1f, 0x8b, 8, 0]))).toMatchObject({ ok: false, error: { where: 'byte 0' } });
});

test('a number that the format cannot hold is a bug of the caller', () => {
  expect(() => packCpio([{ path: 'a', type: 'file', mode: 0o644, mtime: 2 ** 32 }])).toThrow(/Internal error/);
});

test('any path and content survive', () => {
  const path = fc.stringMatching(/^[^\0]{1,80}$/).filter(text => text.isWellFormed() && text !== 'TRAILER!!!');
  fc.assert(
    fc.property(fc.array(fc.record({ path, content: fc.uint8Array({ maxLength: 40 }) }), { maxLength: 6 }), files => {
      const entries = files.map(
        (file): CpioEntry => ({
          path: file.path,
          type: 'file',
          mode: 0o644,
          uid: 0,
          gid: 0,
          mtime,
          content: Buffer.from(file.content),
        }),
      );
      expect(unpackCpio(packCpio(entries))).toEqual({ ok: true, value: entries });
    }),
  );
});

test.skipIf(noCpio)('cpio, where installed, lists the same entries with inodes that count up', () => {
  const env = { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' };
  const listing = execFileSync('cpio', ['-itv', '--quiet'], {
    input: packCpio(everyKind),
    env,
    encoding: 'utf8',
  });
  expect(
    listing
      .trimEnd()
      .split('\n')
      .map(line => line.replace(/ +/g, ' ')),
  ).toEqual([
    'drwxr-xr-x 2 root root 0 Sep 6 2024 aib',
    '-rwxr-xr-x 1 root root 18 Sep 6 2024 aib/init',
    '-rw------- 1 4001 4002 0 Sep 6 2024 aib/none',
    'crw------- 1 root root 5, 1 Sep 6 2024 aib/console',
    'brw-rw---- 1 root root 254, 0 Sep 6 2024 aib/vda',
    'prw------- 1 root root 0 Sep 6 2024 aib/pipe',
    'lrwxrwxrwx 1 root root 12 Sep 6 2024 aib/sh -> /bin/busybox',
  ]);
});

test.skipIf(noCpio)('an archive of cpio, where installed, is read', () => {
  const bytes = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { input: 'cpio.ts\n', cwd: import.meta.dirname });
  const read = unpackCpio(bytes);
  expect(read).toMatchObject({ ok: true, value: [{ path: 'cpio.ts', type: 'file' }] });
  expect(read.ok ? Buffer.from(read.value[0]?.content ?? []).toString() : '').toContain('export function packCpio');
});
