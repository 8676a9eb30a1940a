/**
 * The GPT of a disk: a header in sector 1, and a backup header in the last sector, with its own copy of the entries. Never repairs one from
 * the other: differences are reported.
 */
import { crc32 } from 'node:zlib';
import type { Region } from '../reading/owned-region.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { entriesFault, entriesOf, gptPartitions } from './gpt-entries.ts';
import { checksumWords, type GptHeader, gptHeader } from './gpt-header.ts';
import { bootCode, mbrEntries, mbrId, mbrRegions } from './mbr.ts';
import { hex, inOrder, type PartitionTable, SECTOR, sectorsOf } from './partition-table.ts';

export function readGpt(bytes: Bytes, mbr: Buffer, header: GptHeader): PartitionTable {
  const fault = entriesFault(bytes, header);
  if (fault !== undefined) throw damaged(fault);
  const entries = entriesOf(bytes, header);
  const backup = backupOf(bytes, header);
  const fields = new Map([
    ['boot code', bootCode(mbr)],
    ['MBR disk id', mbrId(mbr)],
    ['protective MBR', protectiveWords(mbr)],
    ['header', header.sector === 1 ? 'present' : 'missing: the backup was read instead'],
    ['revision', header.revision],
    ['header checksum', header.checksum],
    ['usable sectors', usableWords(header)],
    ['entries', `${header.count} of ${header.entrySize} bytes from sector ${header.entriesSector}`],
    ['entries checksum', checksumWords(header.entriesChecksum, crc32(entries))],
    ...backupFields(bytes, header, entries, backup),
  ]);
  if (header.ownSector !== header.sector)
    fields.set('header place', `sector ${header.sector}, but the header states ${header.ownSector}`);
  const isMain = header.sector === 1;
  return {
    kind: 'gpt',
    id: header.diskId,
    fields,
    partitions: gptPartitions(bytes, entries, header.entrySize),
    regions: inOrder([
      ...mbrRegions(),
      ...gptRegions(bytes, header, isMain ? '' : 'backup '),
      ...(backup === undefined ? [] : gptRegions(bytes, backup, 'backup ')),
    ]),
  };
}

/** The other header: in the sector that this one states, or else in the last sector. */
function backupOf(bytes: Bytes, { sector, otherSector }: GptHeader): GptHeader | undefined {
  if (sector !== 1) return undefined;
  const wanted = otherSector === sector ? undefined : gptHeader(bytes, otherSector);
  return wanted ?? gptHeader(bytes, sectorsOf(bytes) - 1);
}

function backupFields(
  bytes: Bytes,
  header: GptHeader,
  entries: Buffer,
  backup: GptHeader | undefined,
): readonly (readonly [string, string])[] {
  if (header.sector !== 1) return [];
  if (backup === undefined) return [['backup header', `missing from sector ${header.otherSector}`]];
  const fault = entriesFault(bytes, backup);
  const backupEntries = fault === undefined ? entriesOf(bytes, backup) : undefined;
  const faults = [
    ['disk id', backup.diskId === header.diskId],
    ['usable sectors', usableWords(backup) === usableWords(header)],
    ['places of the headers', backup.ownSector === header.otherSector && backup.otherSector === header.ownSector],
    ['entries', backupEntries?.equals(entries) === true],
  ].flatMap(([name, agrees]) => (agrees === true ? [] : [name]));
  return [
    ['backup header', `sector ${backup.sector}`],
    ['backup header checksum', backup.checksum],
    ['backup entries', fault ?? `from sector ${backup.entriesSector}`],
    ...(backupEntries === undefined
      ? []
      : [['backup entries checksum', checksumWords(backup.entriesChecksum, crc32(backupEntries))] as const]),
    ['backup agrees', faults.length === 0 ? 'yes' : `no: ${faults.join(', ')}`],
  ];
}

function usableWords({ firstUsable, lastUsable }: GptHeader): string {
  return `${firstUsable} to ${lastUsable}`;
}

/** Also describes the partitions of a hybrid table. */
function protectiveWords(mbr: Buffer): string {
  const entries = mbrEntries(mbr).map(({ number, type, flag, first, count }) => {
    const active = flag === 0 ? '' : ', active';
    return `${number}: 0x${hex(type, 2)}, sectors ${first} to ${first + count - 1}${active}`;
  });
  return entries.length === 0 ? 'missing' : entries.join('; ');
}

function gptRegions(bytes: Bytes, header: GptHeader, which: string): readonly Region[] {
  const { sector, entriesSector, count, entrySize } = header;
  const own = { offset: sector * SECTOR, size: SECTOR, owner: `${which}GPT header` };
  if (entriesFault(bytes, header) !== undefined) return [own];
  return [own, { offset: entriesSector * SECTOR, size: count * entrySize, owner: `${which}GPT entries` }];
}
