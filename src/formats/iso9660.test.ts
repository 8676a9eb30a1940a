import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOfFile } from '../store/content/digest.ts';
import { internal } from '../util/failure.ts';
import { ISO_FORMAT_VERSION, type IsoEntry, writeIso } from './iso9660.ts';
import { type IsoImage, openIso } from './iso9660-reader.ts';

const options = { volumeId: 'aib test', time: 1_725_580_800 };
const folder = mkdtempSync(join(tmpdir(), 'aib-iso-'));
const image = join(folder, 'image.iso');
const large = join(folder, 'large.bin');
const noIsoinfo = spawnSync('isoinfo', ['--version']).error !== undefined;
const noXorriso = spawnSync('xorriso', ['-version']).error !== undefined;

// More than one copied piece, and not a multiple of a block.
const largeContent = Buffer.alloc(1_500_001, 'large ');

const entries: readonly IsoEntry[] = [
  { path: 'boot/vmlinuz-virt', type: 'file', source: { file: large }, mode: 0o755 },
  { path: 'apks/x86_64/linux-virt-6.6.49-r0.apk', type: 'file', source: { bytes: Buffer.from('linux') } },
  { path: 'apks/x86_64/Linux-Virt-6.6.49-r0.apk', type: 'file', source: { bytes: Buffer.from('other') } },
  { path: `apks/${'n'.repeat(253)}`, type: 'file', source: { bytes: Buffer.from('long') } },
  { path: 'apks/ünïcode', type: 'file', source: { bytes: Buffer.from('utf-8') } },
  { path: 'empty', type: 'file', source: { bytes: Buffer.alloc(0) } },
  { path: 'emptydir', type: 'directory' },
  { path: 'link', type: 'symlink', target: `../a/./b/${'x'.repeat(255)}/${'y/'.repeat(1500)}end` },
  { path: 'absolute', type: 'symlink', target: '/bin/busybox' },
  { path: '1/2/3/4/5/6/7/8/9/deep', type: 'file', source: { bytes: Buffer.from('deep') } },
];

beforeAll(async () => {
  writeFileSync(large, largeContent);
  await writeIso(image, entries, options);
});

afterAll(() => rmSync(folder, { recursive: true }));

test('the bytes of an image belong to its format version', async () => {
  expect({ version: ISO_FORMAT_VERSION, ...(await digestOfFile(image)) }).toEqual({
    version: 1,
    size: 1589248,
    hash: '5082741e306e7c38e494ba2ad351d76a058df428c7b415544e10021a7cc1ec7a',
  });
});

test('the order of entries, and what they say twice, does not reach the bytes', async () => {
  const other = join(folder, 'other.iso');
  await writeIso(other, [...entries, { path: 'boot', type: 'directory' } satisfies IsoEntry].reverse(), options);
  expect(readFileSync(other).equals(readFileSync(image))).toBe(true);
});

test('everything that was written is listed, by its own name', async () => {
  const listed = (await opened(image)).list();
  const leaves = listed.filter(file => file.type !== 'directory');
  expect(new Set(leaves.map(file => file.path))).toEqual(
    new Set(entries.filter(entry => entry.type !== 'directory').map(entry => entry.path)),
  );
  expect(listed.filter(file => file.type === 'directory').map(file => file.path)).toContain('emptydir');
  for (const entry of entries) {
    if (entry.type === 'symlink')
      expect(listed).toContainEqual({ path: entry.path, type: 'symlink', size: 0, linkTarget: entry.target });
  }
  expect(listed).toContainEqual({ path: 'boot/vmlinuz-virt', type: 'file', size: largeContent.byteLength });
});

test('content is read whole, and names that differ in case only are two files', async () => {
  const iso = await opened(image);
  expect(iso.volumeId).toBe('aib test');
  for (const entry of entries) {
    if (entry.type !== 'file') continue;
    const expected = 'bytes' in entry.source ? entry.source.bytes : largeContent;
    expect(Buffer.compare((await iso.read(entry.path)) ?? Buffer.from('nothing'), expected)).toBe(0);
  }
});

test('a file is extracted to a path; what is not a file is not', async () => {
  const iso = await opened(image);
  const target = join(folder, 'extracted');
  expect(await iso.extract('boot/vmlinuz-virt', target)).toBe(true);
  expect(readFileSync(target).equals(largeContent)).toBe(true);
  expect(await iso.extract('boot', target)).toBe(false);
  expect(await iso.read('boot/nothing')).toBeUndefined();
});

test('a directory of several hundred entries has no record across two blocks', async () => {
  const path = join(folder, 'many.iso');
  const many = Array.from({ length: 700 }, (_, index) => `apks/package-With_a-long-name-${index}-1.2.3-r0.apk`);
  await writeIso(
    path,
    many.map((path): IsoEntry => ({ path, type: 'file', source: { bytes: Buffer.from(path) } })),
    options,
  );
  const iso = await opened(path);
  expect(
    new Set(
      iso
        .list()
        .filter(file => file.type === 'file')
        .map(file => file.path),
    ),
  ).toEqual(new Set(many));
  expect(Buffer.from((await iso.read(many[500] ?? '')) ?? []).toString()).toBe(many[500]);
  const bytes = readFileSync(path);
  // Blocks: 16 zeros, descriptor, terminator, two path tables, the root with its continuation, then the directory.
  for (let at = 22 * 2048, blocks = 0; blocks < 40; blocks += 1, at += 2048) {
    let offset = 0;
    while (offset < 2048 && (bytes[at + offset] ?? 0) !== 0) offset += bytes[at + offset] ?? 0;
    expect(offset).toBeLessThanOrEqual(2048);
    expect(offset).toBeGreaterThan(1700);
  }
});

test('without Rock Ridge names the plain ones are given in lower case', async () => {
  const path = join(folder, 'plain.iso');
  const bytes = readFileSync(image);
  for (let at = bytes.indexOf('NM'); at >= 0 && at < 1 << 20; at = bytes.indexOf('NM', at + 1)) bytes.write('XX', at);
  writeFileSync(path, bytes);
  const paths = (await opened(path)).list().map(file => file.path);
  expect(paths).toContain('boot/vmlinuz_virt');
  expect(paths).toContain('apks/x86_64/linux_virt_6_6_49_r0.apk');
  expect(paths).toContain('apks/x86_64/linux_virt_6_6_49_r0_1.apk');
});

test('an image that was cut is refused, wherever it was cut', async () => {
  const path = join(folder, 'cut.iso');
  const whole = readFileSync(image);
  for (const size of [0, 1000, 32768, 34816, 40960, whole.byteLength - 1]) {
    writeFileSync(path, whole);
    truncateSync(path, size);
    expect(await openIso(path)).toMatchObject({ ok: false, error: { code: 'AIB_BAD_ISO', where: path } });
  }
});

test('a file that is no image, and one that is not there, are failures', async () => {
  expect(await openIso(large)).toMatchObject({ ok: false, error: { got: 'no volume descriptor at byte 32768' } });
  expect(await openIso(join(folder, 'nothing'))).toMatchObject({ ok: false, error: { code: 'AIB_BAD_ISO' } });
});

test('no damage makes the reader throw or hang', async () => {
  const path = join(folder, 'damaged.iso');
  const whole = readFileSync(image).subarray(0, 60 * 2048);
  // Without the check of the size in the descriptor, the damage is found later.
  whole.writeUInt32LE(1, 32768 + 80);
  const flip = fc.record({
    at: fc.integer({ min: 32768, max: whole.byteLength - 1 }),
    value: fc.integer({ min: 0, max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(flip, { maxLength: 30 }), async flips => {
      const bytes = Buffer.from(whole);
      for (const { at, value } of flips) bytes[at] = value;
      writeFileSync(path, bytes);
      const result = await openIso(path);
      if (!result.ok) expect(result.error.code).toBe('AIB_BAD_ISO');
    }),
    { numRuns: 150 },
  );
});

test('entries that contradict each other, and names that Linux would lose, are bugs of the caller', async () => {
  const file = (path: string): IsoEntry => ({ path, type: 'file', source: { bytes: Buffer.alloc(0) } });
  const target = join(folder, 'bad.iso');
  for (const bad of [
    [file('a'), file('a')],
    [file('a'), file('a/b')],
    [file('/a')],
    [file('a//b')],
    [file('../a')],
    [file('n'.repeat(254))],
  ]) {
    await expect(writeIso(target, bad, options)).rejects.toThrow(/Internal error/);
  }
  await expect(writeIso(target, [], { ...options, volumeId: 'v'.repeat(33) })).rejects.toThrow(/Internal error/);
});

test.skipIf(noIsoinfo)('isoinfo, where installed, shows modes, names and symlinks', async () => {
  const path = join(folder, 'isoinfo.iso');
  // It crashes on the long symlink, which Linux supports.
  await writeIso(
    path,
    entries.filter(entry => entry.path !== 'link'),
    options,
  );
  const listing = execFileSync('isoinfo', ['-R', '-l', '-i', path], { encoding: 'utf8' });
  expect(listing).toMatch(/^-rwxr-xr-x +1 +0 +0 +1500001 Sep +6 2024 \[.*\] +vmlinuz-virt *$/m);
  expect(listing).toMatch(/^lrwxrwxrwx .* absolute -> \/bin\/busybox *$/m);
  expect(listing).toMatch(/^drwxr-xr-x +2 .* emptydir *$/m);
  expect(listing).toContain('n'.repeat(253));
});

test.skipIf(noXorriso)('an image made by xorriso, where installed, is read', async () => {
  const path = join(folder, 'xorriso.iso');
  const tree = ['-map', large, '/boot/Some-Long_Name.with.dots-1.2.3-r0.apk', '-map', large, `/${'l'.repeat(200)}`];
  execFileSync('xorriso', ['-outdev', path, '-volid', 'alpine-virt 3.22 x86_64', ...tree], { stdio: 'ignore' });
  const iso = await opened(path);
  expect(iso.volumeId).toBe('alpine-virt 3.22 x86_64');
  expect(iso.list().filter(file => file.type === 'file')).toEqual([
    { path: 'boot/Some-Long_Name.with.dots-1.2.3-r0.apk', type: 'file', size: largeContent.byteLength },
    { path: 'l'.repeat(200), type: 'file', size: largeContent.byteLength },
  ]);
  expect(Buffer.compare((await iso.read('l'.repeat(200))) ?? Buffer.alloc(0), largeContent)).toBe(0);
});

async function opened(path: string): Promise<IsoImage> {
  const result = await openIso(path);
  if (!result.ok) throw internal(`${result.error.what}: ${result.error.got}`);
  return result.value;
}
