import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seedOf, times } from '../../../test/tier.ts';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { findOnPath } from '../../util/process/on-path.ts';
import { DamagedImage, fileBytes } from '../reading/random-access.ts';
import { bytesOf } from '../reading/reading-fixtures.ts';
import { readFat } from './fat.ts';
import { contentOf, entry, type Kind, LOADER, read, SECTOR, TEXT, TestFat, usual } from './fat-fixtures.ts';

describe.each<Kind>(['FAT12', 'FAT16', 'FAT32'])('%s', kind => {
  test('files come with their names, times and attributes, in order of path', () => {
    const volume = read(usual(kind));
    expect(volume.kind).toBe(kind);
    const stamps = {
      modified: '2024-09-06 00:00:00',
      created: '2024-09-06 01:02:05.50',
      accessed: '2024-09-06',
    };
    expect(volume.files).toEqual([
      {
        ...{ path: '/A long name, in three parts.txt', type: 'file', size: 6, attributes: 'archive', ...stamps },
        shortName: 'ALONGN~1.TXT',
      },
      { path: '/EFI', type: 'directory', size: 0, attributes: '', ...stamps, shortName: 'EFI' },
      { path: '/EFI/BOOT', type: 'directory', size: 0, attributes: '', ...stamps, shortName: 'BOOT' },
      {
        ...{ path: '/EFI/BOOT/BOOTX64.EFI', type: 'file', size: 3000, attributes: 'archive', ...stamps },
        shortName: 'BOOTX64.EFI',
      },
      { path: '/EMPTY', type: 'file', size: 0, attributes: 'read-only, archive', ...stamps, shortName: 'EMPTY' },
    ]);
  });

  test('content comes back, and only of files', () => {
    const volume = read(usual(kind));
    expect(contentOf(volume, '/EFI/BOOT/BOOTX64.EFI')).toEqual(LOADER);
    expect(contentOf(volume, '/A long name, in three parts.txt')).toEqual(TEXT);
    expect(contentOf(volume, '/EMPTY')).toHaveLength(0);
    expect(contentOf(volume, '/EFI')).toHaveLength(0);
    const [stranger] = read(usual(kind)).files;
    expect(() => stranger && [...volume.content(stranger)]).toThrow(/Internal error/);
  });

  test('what follows one another on the disk is one region, and what does not is several', () => {
    const fat = new TestFat(kind);
    fat.root([fat.file('WHOLE', LOADER), fat.file('PIECES', LOADER.subarray(0, 1500), undefined, 2)]);
    const volume = read(fat);
    const first = kind === 'FAT32' ? 3 : 2;
    const regions = volume.regions.filter(({ owner }) => owner.startsWith('/'));
    expect(regions).toEqual([
      { offset: fat.offsetOf(first), size: 6 * SECTOR, owner: '/WHOLE' },
      { offset: fat.offsetOf(first + 6), size: SECTOR, owner: '/PIECES' },
      { offset: fat.offsetOf(first + 8), size: SECTOR, owner: '/PIECES' },
      { offset: fat.offsetOf(first + 10), size: SECTOR, owner: '/PIECES' },
    ]);
    expect(contentOf(volume, '/PIECES')).toEqual(LOADER.subarray(0, 1500));
  });

  test('tables that do not agree are told, and the first one is read', () => {
    const fat = usual(kind);
    expect(read(fat).fields.get('copies of the table')).toBe('2, all equal');
    fat.link(100, -1, fat.tables.slice(1));
    fat.link(2, 0, fat.tables.slice(1));
    const volume = read(fat);
    expect(volume.fields.get('copies of the table')).toBe('2, but FAT 2 does not equal FAT 1');
    expect(contentOf(volume, '/EFI/BOOT/BOOTX64.EFI')).toEqual(LOADER);
  });

  test('clusters beyond the end of a file are its own, and not its content', () => {
    const fat = new TestFat(kind);
    fat.root([entry('SHORT', { first: fat.store(LOADER), size: 5 }), entry('NONE', { first: fat.store(TEXT) })]);
    const volume = read(fat);
    expect(contentOf(volume, '/SHORT')).toEqual(LOADER.subarray(0, 5));
    expect(contentOf(volume, '/NONE')).toHaveLength(0);
    expect(volume.regions.slice(-2).map(({ size, owner }) => [size, owner])).toEqual([
      [6 * SECTOR, '/SHORT'],
      [SECTOR, '/NONE'],
    ]);
  });
});

describe('what cannot be', () => {
  test('what is not a FAT is none', () => {
    const { image } = usual('FAT12');
    const without = (at: number) => Buffer.from(image).fill(0, at, at + 1);
    const others = [510, 12, 13, 14, 16, 21].map(without);
    for (const other of [Buffer.alloc(4096), Buffer.alloc(0), image.subarray(0, 511), ...others])
      expect(readFat(bytesOf(other))).toBeUndefined();
  });
});

describe.each<Kind>(['FAT12', 'FAT16', 'FAT32'])('a hostile %s', kind => {
  const fat = usual(kind);
  const { image } = fat;

  /** Returns a result or a message, and quickly. */
  function survives(hostile: Buffer): void {
    const start = performance.now();
    try {
      const volume = readFat(bytesOf(hostile));
      for (const file of volume?.files ?? [])
        for (const piece of volume?.content(file) ?? []) expect(piece.byteLength).toBeLessThanOrEqual(1 << 20);
    } catch (error) {
      expect(error).toBeInstanceOf(DamagedImage);
    }
    expect(performance.now() - start).toBeLessThan(1000);
  }

  test('flipped bits are read or refused', { timeout: 60_000 * times }, () => {
    const random = makeRandom(seedOf(`flipped bits of a ${kind}`, 1));
    const places = [
      0,
      ...fat.tables,
      fat.rootOffset,
      ...Array.from({ length: 12 }, (_, index) => fat.offsetOf(index + 2)),
    ];
    for (let round = 0; round < 300 * times; round += 1) {
      const hostile = Buffer.from(image);
      for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1) {
        const at = (places[Math.floor(random() * places.length)] ?? 0) + Math.floor(random() * 96);
        hostile.writeUInt8(hostile.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
      }
      survives(hostile);
    }
  });

  test('volumes that end too early are read or refused', { timeout: 60_000 * times }, () => {
    const random = makeRandom(seedOf(`truncated ${kind}`, 1));
    for (let round = 0; round < 50 * times; round += 1) {
      const hostile = Buffer.from(image.subarray(0, Math.floor(random() ** 3 * image.byteLength)));
      // Half of them also state the shorter size, so that they pass the first check.
      if (round % 2 === 0 && hostile.byteLength >= SECTOR) hostile.writeUInt16LE(hostile.byteLength >> 9, 19);
      survives(hostile);
    }
  });
});

describe('with real tools', () => {
  const path = [process.env.PATH, '/sbin', '/usr/sbin'].join(':');
  const [mkfs, mmd, mcopy, mattrib] = ['mkfs.fat', 'mmd', 'mcopy', 'mattrib'].map(name => findOnPath(name, path));

  test.for([
    ['FAT12', '12', 2000],
    ['FAT16', '16', 20_000],
    ['FAT32', '32', 40_000],
  ] as const)(
    'a %s of mkfs.fat and mtools is read as it was written [needs mkfs.fat and mtools]',
    ([kind, bits, kib], context) => {
      if (mkfs === undefined) return context.skip('no mkfs.fat here');
      if (mmd === undefined || mcopy === undefined || mattrib === undefined) return context.skip('no mtools here');
      const folder = testFolder('fat');
      const image = join(folder, 'volume.img');
      const noise = Buffer.concat(
        Array.from({ length: 5000 }, (_, index) => createHash('sha256').update(String(index)).digest()),
      );
      const files = {
        'BOOTX64.EFI': noise,
        'a long name with spaces.text': TEXT,
        'lower.txt': TEXT,
        empty: Buffer.alloc(0),
      };
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
      const run = (program: string, ...words: string[]) => execFileSync(program, words, { cwd: folder, stdio: 'pipe' });
      run(mkfs, '--invariant', '-F', bits, '-n', 'LABEL', '-i', '0d8588ed', '-C', image, String(kib));
      run(mmd, '-i', image, '::EFI', '::EFI/Sub Directory');
      run(mcopy, '-i', image, ...Object.keys(files), '::EFI/Sub Directory');
      run(mattrib, '-i', image, '+r', '+h', '::EFI/Sub Directory/lower.txt');
      const bytes = fileBytes(image);
      try {
        const volume = readFat(bytes);
        if (volume === undefined) throw new Error('there is no volume');
        expect(volume.kind).toBe(kind);
        const names = ['volume id', 'label', 'OEM name', 'kind in the boot sector', 'copies of the table'];
        const values = names.map(name => volume.fields.get(name));
        expect(values).toEqual(['0D85-88ED', 'LABEL', 'mkfs.fat', kind, '2, all equal']);
        expect(volume.files.map(file => file.path)).toEqual([
          '/EFI',
          ...['', '/BOOTX64.EFI', '/a long name with spaces.text', '/empty', '/lower.txt'].map(
            name => `/EFI/Sub Directory${name}`,
          ),
        ]);
        for (const [name, content] of Object.entries(files))
          expect(contentOf(volume, `/EFI/Sub Directory/${name}`).equals(content)).toBe(true);
        expect(volume.files.at(-1)).toMatchObject({ attributes: 'read-only, hidden, archive', shortName: 'LOWER.TXT' });
        expect(volume.files.map(file => file.shortName)).toContain('ALONGN~1.TEX');
      } finally {
        bytes.close();
      }
    },
  );
});
