/**
 * The entries of a FAT directory: names, sizes, times and attributes. Never returns a name that leads out of its directory.
 *
 * A directory has entries of 32 bytes: name (8 + 3), attributes (11), case of the name (12), hundredths of the time of creation (13), time
 * and date of creation (14), date of access (18), upper half of the first cluster (20), time and date of change (22), lower half (26), size
 * (28). A long name is in separate entries before it, the last part first: 13 units of UTF-16 each, and a checksum of the short name.
 */
import { damaged } from '../reading/random-access.ts';
import { ENTRY_SIZE } from './fat-layout.ts';
import { oemText } from './oem-text.ts';

export interface FatEntry {
  /** From the root, with a leading slash. */
  readonly path: string;
  readonly type: 'file' | 'directory';
  /** Bytes; 0 for directories. */
  readonly size: number;
  /** Words, separated by commas. */
  readonly attributes: string;
  /** As stored, without a time zone: `2024-09-06 00:00:00`; empty if not set. */
  readonly modified: string;
  readonly created: string;
  /** Only a date. */
  readonly accessed: string;
  readonly shortName: string;
}

const READ_ONLY = 0x01;
const HIDDEN = 0x02;
const SYSTEM = 0x04;
export const VOLUME_LABEL = 0x08;
const DIRECTORY = 0x10;
const ARCHIVE = 0x20;
const ATTRIBUTES: readonly (readonly [number, string])[] = [
  [READ_ONLY, 'read-only'],
  [HIDDEN, 'hidden'],
  [SYSTEM, 'system'],
  [ARCHIVE, 'archive'],
  [0x40, 'device'],
  [0x80, 'bit 7'],
];
/** The entries of long names have all of these; no file has. */
const LONG_NAME = READ_ONLY | HIDDEN | SYSTEM | VOLUME_LABEL;
const LAST_PART = 0x40;
const MAX_PARTS = 20;
const DELETED = 0xe5;
/** Offsets of the 13 units of a part. */
const UNITS: readonly number[] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** The parts of a long name so far, which are read from its end. */
interface LongName {
  /** The number of the next part, counted from the start of the name; 0 when it is complete. */
  readonly next: number;
  readonly checksum: number;
  readonly text: string;
}

/** The entries of a directory with their names, without `.` and `..`. */
export function* recordsOf(data: Buffer, owner: string): Generator<{ readonly name: string; readonly record: Buffer }> {
  let long: LongName | undefined;
  for (let at = 0; at + ENTRY_SIZE <= data.byteLength; at += ENTRY_SIZE) {
    const first = data.readUInt8(at);
    // The rest was never used.
    if (first === 0) return;
    const record = data.subarray(at, at + ENTRY_SIZE);
    if (isLongName(record)) {
      long = withPart(long, record);
      continue;
    }
    if (first !== DELETED && !/^\.\.? +$/.test(record.toString('latin1', 0, 11)))
      yield { name: nameOf(record, long, owner), record };
    long = undefined;
  }
}

function isLongName(record: Buffer): boolean {
  return (record.readUInt8(11) & 0x3f) === LONG_NAME;
}

/** Undefined if a part does not follow the previous one: then the file has only its short name. */
function withPart(long: LongName | undefined, record: Buffer): LongName | undefined {
  const [first, checksum] = [record.readUInt8(0), record.readUInt8(13)];
  const number = first & ~LAST_PART;
  const isFirst = (first & LAST_PART) !== 0 && number >= 1 && number <= MAX_PARTS;
  if (!isFirst && (number === 0 || long?.next !== number || long.checksum !== checksum)) return undefined;
  const text = String.fromCharCode(...UNITS.map(at => record.readUInt16LE(at)));
  return { next: number - 1, checksum, text: isFirst ? text : text + (long?.text ?? '') };
}

/** The long name if it is complete and belongs to this entry, or else the short name. */
function nameOf(record: Buffer, long: LongName | undefined, owner: string): string {
  const isWhole = long?.next === 0 && long.checksum === shortNameChecksum(record);
  const name = (isWhole ? (long.text.split('\0')[0] ?? '') : '') || shortNameOf(record, record.readUInt8(12));
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
    throw damaged(`${owner} has an entry with the invalid name ${JSON.stringify(name)}`);
  return name;
}

function shortNameChecksum(record: Buffer): number {
  return record.subarray(0, 11).reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}

/** Bits 3 and 4 of `lower` mean that name and extension are in lower case. */
function shortNameOf(record: Buffer, lower: number): string {
  const raw = Buffer.from(record.subarray(0, 11));
  // Stored as 0x05, because the real value marks a deleted entry.
  if (raw[0] === 0x05) raw[0] = DELETED;
  const [base, extension] = [oemText(raw.subarray(0, 8)), oemText(raw.subarray(8))];
  const name = (lower & 0x08) === 0 ? base : base.toLowerCase();
  if (extension === '') return name;
  return `${name}.${(lower & 0x10) === 0 ? extension : extension.toLowerCase()}`;
}

export function entryOf(path: string, record: Buffer): FatEntry {
  const attributes = record.readUInt8(11);
  const isDirectory = (attributes & DIRECTORY) !== 0;
  const accessed = record.readUInt16LE(18);
  return {
    path,
    type: isDirectory ? 'directory' : 'file',
    size: isDirectory ? 0 : record.readUInt32LE(28),
    attributes: ATTRIBUTES.flatMap(([bit, word]) => ((attributes & bit) === 0 ? [] : [word])).join(', '),
    modified: timeText(record.readUInt16LE(24), record.readUInt16LE(22), 0),
    created: timeText(record.readUInt16LE(16), record.readUInt16LE(14), record.readUInt8(13)),
    accessed: accessed === 0 ? '' : dateText(accessed),
    shortName: shortNameOf(record, 0),
  };
}

/** As stored, even if the date does not exist. */
function timeText(date: number, time: number, hundredths: number): string {
  if (date === 0 && time === 0 && hundredths === 0) return '';
  const seconds = (time & 0x1f) * 2 + Math.floor(hundredths / 100);
  const clock = [time >> 11, (time >> 5) & 0x3f, seconds].map(twoDigits).join(':');
  const rest = hundredths % 100 === 0 ? '' : `.${twoDigits(hundredths % 100)}`;
  return `${dateText(date)} ${clock}${rest}`;
}

function dateText(date: number): string {
  return [String(1980 + (date >> 9)), twoDigits((date >> 5) & 0x0f), twoDigits(date & 0x1f)].join('-');
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
