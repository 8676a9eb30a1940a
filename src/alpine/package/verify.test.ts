import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeApk, makeIndex, makeKey, signedBy, type TestApk, trusted } from './test-packages.ts';
import { verifyIndex, verifyPackage } from './verify.ts';

const key = makeKey('test-1.rsa.pub');
const other = makeKey('test-2.rsa.pub');
const TEXT = `P:hello\nV:1.0-r0\nC:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=\nA:x86_64\n\n`;

describe('an index', () => {
  test.each(['RSA', 'RSA256', 'RSA512'] as const)('signed with %s by a trusted key is read', async algorithm => {
    const bytes = await signedBy(key, await makeIndex(TEXT, ' v3.20.3-1-gabc\n'), algorithm);
    expect(await verifyIndex(bytes, trusted(other, key))).toMatchObject({
      ok: true,
      value: { packages: [{ name: 'hello', version: '1.0-r0' }], keyName: key.name, description: 'v3.20.3-1-gabc' },
    });
  });

  test('with any byte altered or cut off behind the signature is refused', async () => {
    const index = await makeIndex(TEXT);
    const bytes = await signedBy(key, index);
    for (let at = bytes.byteLength - index.byteLength; at < bytes.byteLength; at += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
      expect(await verifyIndex(altered, trusted(key)), `byte ${at}`).toMatchObject({ ok: false });
      expect(await verifyIndex(bytes.subarray(0, at), trusted(key)), `${at} bytes`).toMatchObject({ ok: false });
    }
    expect(await verifyIndex(Buffer.concat([bytes, gzipSync('more')]), trusted(key))).toMatchObject({
      ok: false,
      error: { code: 'AIB_BAD_SIGNATURE' },
    });
  });

  test('signed by an unknown key is refused, naming that key and the trusted ones', async () => {
    const bytes = await signedBy(other, await makeIndex(TEXT));
    const result = await verifyIndex(bytes, trusted(key), 'https://m/APKINDEX.tar.gz');
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'AIB_UNTRUSTED_KEY', where: 'https://m/APKINDEX.tar.gz', got: 'test-2.rsa.pub (RSA)' },
    });
    expect(result.ok || result.error.hint).toContain('test-1.rsa.pub');
  });

  test('signed under the name of a trusted key by somebody else is refused', async () => {
    const bytes = await signedBy({ ...other, name: key.name }, await makeIndex(TEXT));
    expect(await verifyIndex(bytes, trusted(key))).toMatchObject({ ok: false, error: { code: 'AIB_BAD_SIGNATURE' } });
  });

  test('without a signature is refused', async () => {
    expect(await verifyIndex(await makeIndex(TEXT), trusted(key))).toMatchObject({
      ok: false,
      error: { code: 'AIB_UNSIGNED' },
    });
  });

  test('that is no archive, or an empty file, is refused', async () => {
    for (const bytes of [
      Buffer.from('<html>404</html>'),
      Buffer.alloc(0),
      gzipSync('no tar, but long enough'.repeat(50)),
    ]) {
      expect(await verifyIndex(bytes, trusted(key))).toMatchObject({ ok: false, error: { code: 'AIB_BAD_ARCHIVE' } });
    }
  });
});

describe('a package', () => {
  let folder: string;
  let apk: TestApk;
  const expected = { name: 'hello', version: '1.0-r0' };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aib-verify-'));
    apk = await makeApk({ pkgname: 'hello', pkgver: '1.0-r0', license: 'MIT' }, 'content', key);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Both kinds of input: bytes and a file. */
  async function both(
    bytes: Buffer,
    checksum: string,
    keys?: ReadonlyMap<string, string>,
  ): Promise<readonly unknown[]> {
    const path = join(folder, 'some.apk');
    await writeFile(path, bytes);
    const wanted = { ...expected, checksum };
    return [await verifyPackage(bytes, wanted, keys), await verifyPackage(path, wanted, keys)];
  }

  test('that the index lists is accepted, signed or not', async () => {
    const unsigned = await makeApk({ pkgname: 'hello', pkgver: '1.0-r0' }, 'content');
    for (const made of [apk, unsigned]) {
      for (const result of await both(made.bytes, made.checksum)) {
        expect(result).toMatchObject({
          ok: true,
          value: { ...expected, size: made.bytes.byteLength, origin: 'hello' },
        });
      }
    }
    for (const result of await both(apk.bytes, apk.checksum, trusted(key))) expect(result).toMatchObject({ ok: true });
    for (const result of await both(apk.bytes, apk.checksum, trusted(other))) {
      expect(result).toMatchObject({ ok: false, error: { code: 'AIB_UNTRUSTED_KEY' } });
    }
  });

  test('with any byte altered or cut off behind its signature is refused', async () => {
    for (let at = apk.signatureSize; at < apk.bytes.byteLength; at += 1) {
      const altered = Buffer.from(apk.bytes);
      altered.writeUInt8(altered.readUInt8(at) ^ 0x10, at);
      const wanted = { ...expected, checksum: apk.checksum };
      expect(await verifyPackage(altered, wanted), `byte ${at}`).toMatchObject({ ok: false });
      expect(await verifyPackage(apk.bytes.subarray(0, at), wanted), `${at} bytes`).toMatchObject({ ok: false });
    }
    for (const result of await both(Buffer.concat([apk.bytes, Buffer.from('more')]), apk.checksum)) {
      expect(result).toMatchObject({ ok: false, error: { code: 'AIB_DIGEST_MISMATCH' } });
    }
  });

  test('whose signature was altered says the same of itself or is refused', async () => {
    const good = await verifyPackage(apk.bytes, { ...expected, checksum: apk.checksum });
    for (let at = 0; at < apk.signatureSize; at += 1) {
      const altered = Buffer.from(apk.bytes);
      altered.writeUInt8(altered.readUInt8(at) ^ 0x10, at);
      const result = await verifyPackage(altered, { ...expected, checksum: apk.checksum });
      expect(result.ok ? result : good, `byte ${at}`).toEqual(good);
    }
  });

  test('with altered data names itself and both digests', async () => {
    const altered = Buffer.from(apk.bytes);
    const last = altered.byteLength - 1;
    altered.writeUInt8(altered.readUInt8(last) ^ 1, last);
    for (const result of await both(altered, apk.checksum)) {
      expect(result).toMatchObject({
        ok: false,
        error: {
          code: 'AIB_DIGEST_MISMATCH',
          what: expect.stringContaining('hello-1.0-r0'),
          got: expect.stringMatching(/sha256 [0-9a-f]{64}, expected sha256 [0-9a-f]{64}/),
        },
      });
    }
  });

  test('other than the index lists is refused with both checksums', async () => {
    const later = await makeApk({ pkgname: 'hello', pkgver: '1.0-r0' }, 'other content', key);
    for (const result of await both(later.bytes, apk.checksum)) {
      expect(result).toMatchObject({ ok: false, error: { got: `${later.checksum}, expected ${apk.checksum}` } });
    }
  });

  test('of another size than the index says is refused before it is read', async () => {
    const wanted = { ...expected, checksum: apk.checksum, size: 5 };
    expect(await verifyPackage(apk.bytes, wanted)).toMatchObject({
      ok: false,
      error: { code: 'AIB_DIGEST_MISMATCH', got: `${apk.bytes.byteLength} bytes, expected 5 bytes` },
    });
  });

  test('that calls itself by another name or version is refused', async () => {
    for (const info of [
      { pkgname: 'goodbye', pkgver: '1.0-r0' },
      { pkgname: 'hello', pkgver: '1.0-r1' },
    ]) {
      const made = await makeApk(info, 'content');
      for (const result of await both(made.bytes, made.checksum)) {
        expect(result).toMatchObject({ ok: false, error: { code: 'AIB_DIGEST_MISMATCH' } });
      }
    }
  });

  test('without a usable datahash is refused', async () => {
    const made = await makeApk({ pkgname: 'hello', pkgver: '1.0-r0', datahash: 'abc' }, 'content');
    for (const result of await both(made.bytes, made.checksum)) {
      expect(result).toMatchObject({
        ok: false,
        error: { code: 'AIB_BAD_ARCHIVE', got: expect.stringContaining('datahash') },
      });
    }
  });

  test('with a control member larger than the first read is found all the same', async () => {
    // Base64 of hashes is almost random: it compresses only by a quarter.
    const noise = Array.from({ length: 12_000 }, (_, at) => createHash('sha256').update(`${at}`).digest('base64')).join(
      '',
    );
    const made = await makeApk({ pkgname: 'hello', pkgver: '1.0-r0', pkgdesc: noise }, 'content', key);
    expect(made.controlSize).toBeGreaterThan(256 << 10);
    for (const result of await both(made.bytes, made.checksum, trusted(key)))
      expect(result).toMatchObject({ ok: true });
  });

  test('that is not there is a failure with its path', async () => {
    const path = join(folder, 'none.apk');
    const result = await verifyPackage(path, { ...expected, checksum: apk.checksum });
    expect(result).toMatchObject({ ok: false, error: { code: 'AIB_BAD_ARCHIVE', where: path } });
  });
});

test.each(['ADBd', 'ADB.', 'ADBc'])(
  'what begins with %s is told as a file of apk 3, and not as damaged',
  async magic => {
    const bytes = Buffer.from(`${magic}pckg\x01\x02\x03`);
    const told = { error: { code: 'AIB_V3_FORMAT', what: expect.stringContaining('apk 3') } };
    expect(await verifyIndex(bytes, new Map(), 'Packages.adb')).toMatchObject(told);
    expect(await verifyPackage(bytes, { name: 'a', version: '1', checksum: 'Q1' })).toMatchObject(told);
  },
);
