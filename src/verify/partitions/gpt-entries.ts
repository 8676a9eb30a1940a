/**
 * The entries of a GPT, one for each partition. Must not be read before `entriesFault` has found no fault.
 *
 * An entry: type (0), id (16), first and last sector (32, 40), attributes (48), name in UTF-16 (56 to 127).
 */
import type { Bytes } from '../reading/random-access.ts';
import { type GptHeader, guid, number64 } from './gpt-header.ts';
import { type Partition, placeOf, SECTOR, sectorsOf } from './partition-table.ts';

/** The usual size is 16 KiB. */
const MAX_ENTRIES_SIZE = 1 << 20;
const MIN_ENTRY_SIZE = 128;

const GPT_TYPES: ReadonlyMap<string, string> = new Map([
  ['C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'EFI system'],
  ['21686148-6449-6E6F-744E-656564454649', 'BIOS boot'],
  ['0FC63DAF-8483-4772-8E79-3D69D8477DE4', 'Linux'],
  ['0657FD6D-A4AB-43C4-84E5-0933C84B4F4F', 'Linux swap'],
  ['E6D6D379-F507-44C2-A23C-238F2A3DF928', 'Linux LVM'],
  ['4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', 'Linux root (x86-64)'],
  ['B921B045-1DF0-41C3-AF44-4C6F280D3FAE', 'Linux root (arm64)'],
  ['EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', 'Microsoft basic data'],
]);
const NO_TYPE = '00000000-0000-0000-0000-000000000000';

/** A fault of the entries, if there is one. */
export function entriesFault(bytes: Bytes, { entriesSector, count, entrySize }: GptHeader): string | undefined {
  const size = count * entrySize;
  if (entrySize < MIN_ENTRY_SIZE || entrySize % 8 !== 0) return `unsupported size of GPT entries: ${entrySize} bytes`;
  if (size > MAX_ENTRIES_SIZE) return `the GPT is too large: ${count} entries of ${entrySize} bytes`;
  if (entriesSector < 1 || entriesSector * SECTOR + size > bytes.size)
    return `the GPT has ${count} entries from sector ${entriesSector} on, but the disk has only ${sectorsOf(bytes)} sectors`;
  return undefined;
}

export function entriesOf(bytes: Bytes, { entriesSector, count, entrySize }: GptHeader): Buffer {
  return bytes.read(entriesSector * SECTOR, count * entrySize);
}

export function gptPartitions(bytes: Bytes, entries: Buffer, entrySize: number): readonly Partition[] {
  const partitions: Partition[] = [];
  for (let at = 0; at < entries.byteLength; at += entrySize) {
    const type = guid(entries, at);
    const number = at / entrySize + 1;
    if (type === NO_TYPE) continue;
    partitions.push({
      number,
      name: untilZero(entries.toString('utf16le', at + 56, at + 128)),
      type: GPT_TYPES.get(type) ?? type,
      id: guid(entries, at + 16),
      ...placeOf(bytes, number, number64(entries, at + 32), number64(entries, at + 40)),
      attributes: attributeWords(entries.readBigUInt64LE(at + 48)),
    });
  }
  return partitions;
}

/** The meaning of the bits from 48 on depends on the type. */
function attributeWords(attributes: bigint): string {
  const words = ['required', 'ignored by the firmware', 'bootable for a BIOS'];
  const set = Array.from({ length: 64 }, (_, bit) => bit).filter(bit => ((attributes >> BigInt(bit)) & 1n) === 1n);
  return set.map(bit => words[bit] ?? `bit ${bit}`).join(', ');
}

function untilZero(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
