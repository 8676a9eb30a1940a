/** Differences inside of files, in the output of `aib diff`: through archives in archives, and the level at which two images agree. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { packCpio } from '../../formats/cpio.ts';
import { writeIso } from '../../formats/iso9660.ts';
import { packTar, type TarEntry } from '../../formats/tar.ts';
import { diskDifferenceLines } from '../../report/tables/disk-difference-lines.ts';
import { EFI, EFI_ID, gptDisk, putMbr, SECTOR } from '../partitions/partition-fixtures.ts';
import { peProgram } from '../programs/pe-fixtures.ts';
import { imageDifference } from './disks.ts';

const EPOCH = 1_725_580_800;
const folder = mkdtempSync(join(tmpdir(), 'aib-inside-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function difference(before: Buffer, after: Buffer) {
  const paths = ['before', 'after'].map(name => join(folder, name)) as [string, string];
  writeFileSync(paths[0], before);
  writeFileSync(paths[1], after);
  return imageDifference(...paths);
}

const linesOf = async (before: Buffer, after: Buffer) => diskDifferenceLines(await difference(before, after));

interface Wanted {
  readonly content?: Buffer | string;
  readonly mtime?: number;
  readonly mode?: number;
}

const tar = (files: Readonly<Record<string, Wanted>>): Promise<Buffer> =>
  packTar(
    Object.entries(files).map(
      ([path, { content = '', mtime = EPOCH, mode = 0o644 }]): TarEntry => ({
        path,
        type: 'file',
        mode,
        uid: 0,
        gid: 0,
        mtime,
        content: Buffer.from(content),
      }),
    ),
  );

/** Compressed, with a time in the header as `gzip` writes it. */
function gzipped(content: Buffer, mtime = 0): Buffer {
  const packed = gzipSync(content);
  packed.writeUInt32LE(mtime, 4);
  return packed;
}

const archive = (shadow: string, mtime: number): Buffer =>
  packCpio([{ path: 'etc/shadow', type: 'file', mode: 0o600, mtime, content: Buffer.from(shadow) }]);

describe('inside of files', () => {
  it('an initramfs is told by the header of gzip and the entries of cpio', async () => {
    const early = packCpio([{ path: 'early', type: 'file', mode: 0o644, mtime: 1, content: Buffer.from('ucode') }]);
    const initramfs = (shadow: string, time: number) =>
      tar({ 'boot/initramfs-virt': { content: Buffer.concat([early, gzipped(archive(shadow, time), time)]) } });
    const lines = await linesOf(
      await initramfs('root:!:19970::\n', EPOCH),
      await initramfs('root:*:19970::\n', EPOCH + 1),
    );
    const times = 'modified 2024-09-06 00:00:00 → 2024-09-06 00:00:01, possible cause: time';
    expect(lines.filter(line => !line.startsWith('  other bytes'))).toEqual([
      'different',
      'disk, tar: 1 changed',
      expect.stringMatching(/^ {2}~ boot\/initramfs-virt: content \(.* bytes\), possible cause: time, content$/),
      '      cpio: 1 changed',
      expect.stringMatching(/^ {8}~ data after the archive: content \(.*\), possible cause: time, content$/),
      '            gzip: 1 changed',
      `              ${times}`,
      expect.stringMatching(/^ {14}~ unpacked: content \(.*\), possible cause: time, content$/),
      '                  cpio: 1 changed',
      `                    ~ etc/shadow: content (15 bytes); ${times}`,
      '                        -root:!:19970::',
      '                        +root:*:19970::',
    ]);
  });

  it('a program is told by the fields of its header and its sections', async () => {
    const program = (time: number, text: string) =>
      tar({
        'EFI/BOOT/BOOTX64.EFI': { content: peProgram([{ name: '.text', bytes: Buffer.from(text) }], time, time) },
      });
    const lines = await linesOf(await program(EPOCH, 'one'), await program(EPOCH + 60, 'two'));
    expect(lines).toContain('      PE program: 1 changed');
    expect(lines).toContain('        TimeDateStamp 2024-09-06 00:00:00 → 2024-09-06 00:01:00, possible cause: time');
    expect(lines).toContain('        ~ .text: content (3 bytes)');
  });

  it('what is only packed in another way is told as that', async () => {
    const [one, other] = [1, 9].map(level => gzipSync(Buffer.alloc(100_000, 'some text '), { level }));
    const lines = await linesOf(
      await tar({ 'a.gz': { content: one ?? '' } }),
      await tar({ 'a.gz': { content: other ?? '' } }),
    );
    expect(lines.find(line => line.includes('gzip'))).toMatch(/^ {6}gzip: (what is in it is the same|the same files)$/);
  });

  it('one that is damaged is told in words, and ends nothing', async () => {
    const good = gzipSync('text');
    const bad = Buffer.from(good);
    bad.writeUInt8(0xff, 10);
    const lines = await linesOf(
      await tar({ 'a.gz': { content: good }, b: { content: 'b' } }),
      await tar({ 'a.gz': { content: bad }, b: { content: 'c' } }),
    );
    expect(lines).toContain('      gzip → damaged (its compressed data is invalid or truncated)');
    expect(lines).toContain('  ~ b: content (1 byte)');
  });

  it('looks four archives deep and no deeper', async () => {
    const nested = (text: string) => [1, 2, 3, 4, 5, 6].reduce(content => gzipSync(content), Buffer.from(text));
    const lines = await linesOf(await tar({ a: { content: nested('1') } }), await tar({ a: { content: nested('2') } }));
    expect(lines.filter(line => line.includes('gzip:'))).toHaveLength(4);
  });

  it('the order of an archive is told, and that it is the one of a locale', async () => {
    const files = { B: {}, a: {}, C: {} };
    const lines = await linesOf(
      await tar({ a: files.a, B: files.B, C: files.C }),
      await tar({ B: files.B, C: files.C, a: files.a }),
    );
    expect(lines).toContain('  order of entries a → B, possible cause: locale');
    expect(lines[0]).toBe('same files');
  });
});

describe('packages', () => {
  const database = (version: string, more = '') =>
    tar({
      'lib/apk/db/installed': { content: `P:musl\nV:${version}\n\nP:busybox\nV:1\n${more}\n` },
      other: { content: more },
    });

  it('are listed, and not told as lines', async () => {
    const lines = await linesOf(await database('1.2.5-r0'), await database('1.2.5-r1'));
    expect(lines.slice(2, 4)).toEqual([
      '  ~ lib/apk/db/installed: content (34 bytes)',
      '      ~ musl 1.2.5-r0 → 1.2.5-r1',
    ]);
  });

  it('what else is another in their database is told as lines', async () => {
    const lines = await linesOf(await database('1', 'A:x86_64\n'), await database('1', 'A:noarch\n'));
    expect(lines[0]).toBe('same packages');
    expect(lines).toContain('      -A:x86_64');
  });
});

describe('given by themselves', () => {
  it('an apk is its three members, as one archive', async () => {
    const apk = async (text: string) =>
      Buffer.concat([gzipped(Buffer.alloc(0)), gzipped(await tar({ 'usr/bin/x': { content: text } }))]);
    const { verdict, partitions } = await difference(await apk('one'), await apk('two'));
    expect([verdict, partitions[0]?.kind]).toEqual(['different', 'gzip']);
    expect(partitions[0]?.files[0]?.content?.inside?.files.map(({ path }) => path)).toEqual(['usr/bin/x']);
  });

  it('ISO images are told by their volume and their files', async () => {
    const iso = async (text: string, time: number): Promise<Buffer> => {
      const path = join(folder, 'made.iso');
      const entries = [{ path: 'boot/a.cfg', type: 'file', source: { bytes: Buffer.from(text) } }] as const;
      await writeIso(path, entries, { volumeId: 'v', time });
      return readFileSync(path);
    };
    const lines = await linesOf(await iso('one\n', EPOCH), await iso('two\n', EPOCH + 60));
    expect(lines.slice(0, 2)).toEqual(['different', 'disk, ISO 9660: 2 changed']);
    expect(lines.some(line => /^ {2}volume created 2024-09-06 00:00:00.* → .*possible cause: time$/.test(line))).toBe(
      true,
    );
    expect(lines).toContain('      +two');
    const [again = ''] = await linesOf(await iso('one\n', EPOCH), await iso('one\n', EPOCH + 60));
    expect(again).toBe('same files');
  });

  it('files of two lengths that nobody reads are compared as far as both go', async () => {
    const lines = await linesOf(Buffer.from('a text'), Buffer.from('a Text, longer'));
    expect(lines).toEqual([
      'different',
      'disk: 6 → 14 bytes',
      'disk, unknown content: 1 byte different, the first at 2',
    ]);
  });
});

describe("GRUB's core image", () => {
  const mbrDisk = (): Buffer => {
    const disk = Buffer.alloc(2_048 * SECTOR);
    putMbr(disk, 0, [{ type: 0x83, first: 1_024, count: 1_000 }]);
    return disk;
  };
  const withGrub = (disk: Buffer, core: number, text: string): Buffer => {
    disk.write('GRUB ', 0x180);
    disk.writeBigUInt64LE(BigInt(core), 0x5c);
    disk.writeBigUInt64LE(BigInt(core + 1), core * SECTOR + 0x1f4);
    disk.writeUInt16LE(10, core * SECTOR + 0x1f4 + 8);
    disk.write(text, (core + 2) * SECTOR);
    return disk;
  };

  it('is named in the gap behind the MBR, with its sectors', async () => {
    const lines = await linesOf(withGrub(mbrDisk(), 1, 'one'), withGrub(mbrDisk(), 1, 'two'));
    expect(lines).toEqual(['different', 'outside of partitions: GRUB core image: core (sectors 2 to 11) 3']);
  });

  it('is named in a BIOS boot partition', async () => {
    const bios = { type: '21686148-6449-6E6F-744E-656564454649', id: '7B7690CD-F435-513C-AACB-15E6193599D7' };
    const disk = () => gptDisk([{ ...bios, first: 64, last: 127, name: 'bios' }]);
    const lines = await linesOf(withGrub(disk(), 64, 'one'), withGrub(disk(), 64, 'two'));
    expect(lines).toEqual([
      'different',
      '1 bios, GRUB core image',
      '  other bytes: GRUB core image: core (sectors 65 to 74) 3',
    ]);
  });
});

describe('in how much two agree', () => {
  const one = { 'lib/apk/db/installed': { content: 'P:musl\nV:1\n' }, 'etc/motd': { content: 'hello' } };
  const verdictOf = async (other: Readonly<Record<string, Wanted>>) =>
    (await difference(await tar(one), await tar({ ...one, ...other }))).verdict;

  it.each<[string, Readonly<Record<string, Wanted>>, string]>([
    ['all bytes', {}, 'bit-identical'],
    ['all but times', { 'etc/motd': { content: 'hello', mtime: 5 } }, 'same files'],
    ['all but a mode', { 'etc/motd': { content: 'hello', mode: 0o600 } }, 'same packages'],
    ['all but a content', { 'etc/motd': { content: 'bye' } }, 'same packages'],
    ['all but a file that only one has', { 'etc/new': {} }, 'same packages'],
    ['all but a version', { 'lib/apk/db/installed': { content: 'P:musl\nV:2\n' } }, 'different'],
    ['nothing that lists packages', { 'lib/apk/db/installed': { content: 'nothing' } }, 'different'],
  ])('%s', async (_, other, verdict) => {
    expect(await verdictOf(other)).toBe(verdict);
  });

  it.each<[string, (disk: Buffer) => Buffer, string]>([
    [
      'but for the id of the table',
      disk => Buffer.concat([disk.subarray(0, 440), Buffer.of(7), disk.subarray(441)]),
      'same files',
    ],
    ['but for the boot code', disk => Buffer.concat([Buffer.of(7), disk.subarray(1)]), 'different'],
    [
      'but for what is in a partition',
      disk => Buffer.concat([disk.subarray(0, 80 * SECTOR), Buffer.of(7), disk.subarray(80 * SECTOR + 1)]),
      'different',
    ],
    ['but for a partition', () => gptDisk([{ type: EFI, id: EFI_ID, first: 64, last: 127, name: 'efi' }]), 'different'],
  ])('all of a disk %s', async (_, change, verdict) => {
    expect((await difference(gptDisk(), change(gptDisk()))).verdict).toBe(verdict);
  });

  it('of packed archives the packing does not count', async () => {
    const [plain, later] = [await tar(one), await tar({ ...one, 'etc/motd': { content: 'hello', mtime: 5 } })];
    expect((await difference(gzipped(plain), gzipped(later, 7))).verdict).toBe('same files');
  });
});
