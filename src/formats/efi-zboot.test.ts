import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackKernel } from './efi-zboot.ts';

const KERNEL = Buffer.from('MZ a kernel '.repeat(1000));

/** The form of the kernel's own build: header, something, payload, something. */
function zboot(payload: Buffer, compression: string, size = payload.byteLength): Buffer {
  const head = Buffer.alloc(512);
  head.write('MZ', 0);
  head.write('zimg', 4);
  head.writeUInt32LE(512, 8);
  head.writeUInt32LE(size, 12);
  head.write(compression, 24);
  return Buffer.concat([head, payload, Buffer.alloc(7)]);
}

describe('a kernel that unpacks itself', () => {
  it.each([
    ['gzip', gzipSync(KERNEL)],
    ['zstd22', zstdCompressSync(KERNEL)],
  ])('by %s is unpacked', (compression, payload) => {
    expect(unpackKernel(zboot(payload, compression))).toEqual({ ok: true, value: KERNEL });
  });

  it.each<[string, Buffer, string]>([
    ['in an unknown way', zboot(gzipSync(KERNEL), 'xzkern'), 'an unknown compression, "xzkern"'],
    ['and is damaged', zboot(gzipSync(KERNEL).fill(7, 40, 60), 'gzip'), 'a damaged payload'],
    ['and ends too early', zboot(gzipSync(KERNEL), 'gzip', 1 << 20), 'a truncated payload'],
    ['and is only a start', zboot(KERNEL, 'gzip').subarray(0, 20), 'a truncated header'],
  ])('%s is refused', (_, file, words) => {
    expect(unpackKernel(file)).toMatchObject({ ok: false, error: expect.stringContaining(words) });
  });

  it.each([
    ['another EFI program', Buffer.concat([Buffer.from('MZ\0\0'), Buffer.alloc(60)])],
    ['a plain one', Buffer.from('ARMd and more')],
    ['nothing', Buffer.alloc(0)],
  ])('is not %s: that stays as it is', (_, file) => expect(unpackKernel(file)).toEqual({ ok: true, value: file }));
});
