import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seedOf, times } from '../../../test/tier.ts';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { findOnPath } from '../../util/process/on-path.ts';
import { DamagedImage, fileBytes } from '../reading/random-access.ts';
import { bytesOf } from '../reading/reading-fixtures.ts';
import { DISK_ID, EFI, gptDisk, LAST, LINUX, mbrDisk, ROOT_ID, SECTOR } from './partition-fixtures.ts';
import type { PartitionTable } from './partition-table.ts';
import { readPartitions } from './partitions.ts';

describe('with real tools', () => {
  const path = [process.env.PATH, '/sbin', '/usr/sbin'].join(':');
  const [sfdisk, sgdisk] = [findOnPath('sfdisk', path), findOnPath('sgdisk', path)];

  function emptyDisk(): string {
    const file = join(testFolder('partitions'), 'disk.raw');
    writeFileSync(file, '');
    truncateSync(file, 64 << 20);
    return file;
  }

  function readFile(file: string): PartitionTable {
    const bytes = fileBytes(file);
    try {
      const table = readPartitions(bytes);
      if (table === undefined) throw new Error('there is no table');
      return table;
    } finally {
      bytes.close();
    }
  }

  test.for([
    [
      'gpt',
      `label: gpt\nsize=2048, type=${EFI}, name=efi, attrs="RequiredPartition GUID:60"\nsize=4096, type=${LINUX}, name=root\n`,
    ],
    ['dos', 'label: dos\nsize=2048, type=83, bootable\nsize=40960, type=5\nsize=2048, type=82\nsize=2048, type=c\n'],
  ])('a %s table is what sfdisk reads [needs sfdisk]', ([label, script], context) => {
    if (sfdisk === undefined) return context.skip('no sfdisk here');
    const file = emptyDisk();
    execFileSync(sfdisk, ['-q', file], { input: script });
    const { partitiontable: theirs } = JSON.parse(execFileSync(sfdisk, ['--json', file], { encoding: 'utf8' }));
    const ours = readFile(file);
    expect(ours.kind === 'mbr' ? 'dos' : ours.kind).toBe(label);
    expect(ours.id).toBe(theirs.id);
    expect(
      ours.partitions.map(({ number, name, offset, size, id }) => ({
        node: `${file}${number}`,
        start: offset / SECTOR,
        size: size / SECTOR,
        ...(label === 'gpt' ? { name, uuid: id } : {}),
      })),
    ).toEqual(
      theirs.partitions.map(({ node, start, size, name, uuid }: Record<string, unknown>) =>
        label === 'gpt' ? { node, start, size, name, uuid } : { node, start, size },
      ),
    );
    const types = { gpt: ['EFI system', 'Linux'], dos: ['Linux', 'extended', 'Linux swap', 'FAT32 with LBA'] };
    expect(ours.partitions.map(({ type }) => type)).toEqual(types[label as keyof typeof types]);
    expect(ours.partitions[0]?.attributes).toBe(label === 'gpt' ? 'required, bit 60' : 'active');
  });

  test('a hybrid table of sgdisk is read, and its backup agrees [needs sgdisk]', context => {
    if (sgdisk === undefined) return context.skip('no sgdisk here');
    const file = emptyDisk();
    const partitions = ['-n', '1:2048:4095', '-c', '1:first', '-n', '5:4096:8191', '-t', '5:8200', '-A', '5:set:2'];
    execFileSync(sgdisk, [...partitions, '-U', DISK_ID, '-u', `1:${ROOT_ID}`, '-h', '1', file]);
    const { id, partitions: found, fields } = readFile(file);
    expect(id).toBe(DISK_ID);
    expect(found.map(({ number, name, type, attributes }) => [number, name, type, attributes])).toEqual([
      [1, 'first', 'Linux', ''],
      [5, '', 'Linux swap', 'bootable for a BIOS'],
    ]);
    expect(found[0]?.id).toBe(ROOT_ID);
    expect(fields.get('protective MBR')).toMatch(/0xee.*; 2: 0x83, sectors 2048 to 4095/);
    expect(['header checksum', 'entries checksum', 'backup agrees'].map(name => fields.get(name))).toEqual([
      'correct',
      'correct',
      'yes',
    ]);
  });
});

describe.each([
  ['GPT', gptDisk()],
  ['MBR', mbrDisk()],
])('a hostile %s', (name, disk) => {
  /** Returns a result or a message, and quickly. */
  function survives(image: Buffer): void {
    const start = performance.now();
    try {
      readPartitions(bytesOf(image));
    } catch (error) {
      expect(error).toBeInstanceOf(DamagedImage);
    }
    expect(performance.now() - start).toBeLessThan(1000);
  }

  test('flipped bits are read or refused', { timeout: 60_000 * times }, () => {
    const random = makeRandom(seedOf(`flipped bits of a ${name}`, 1));
    const places = [0, 446, SECTOR, 1024, 400 * SECTOR, 700 * SECTOR, LAST * SECTOR];
    for (let round = 0; round < 300 * times; round += 1) {
      const image = Buffer.from(disk);
      for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1) {
        const at = (places[Math.floor(random() * places.length)] ?? 0) + Math.floor(random() * 100);
        image.writeUInt8(image.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
      }
      survives(image);
    }
  });

  test('disks that end too early are read or refused', { timeout: 60_000 * times }, () => {
    const random = makeRandom(seedOf(`truncated ${name}`, 1));
    for (let round = 0; round < 50 * times; round += 1)
      survives(disk.subarray(0, Math.floor(random() ** 3 * disk.byteLength)));
  });
});
