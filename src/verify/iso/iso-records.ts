/**
 * Directory records of ISO 9660 with Rock Ridge, and the forms of its times. Never gives a name that leads out of its directory.
 *
 *     0  size of the record     18  time, 7 bytes     33  name
 *     2  block (both endians)   25  flags                 then Rock Ridge, at an even byte
 *    10  size (both endians)    32  size of the name
 *
 * A record of size 0 says that the next one is in the next block.
 */
import { damaged } from '../reading/random-access.ts';

export const BLOCK = 2_048;

export interface IsoRecord {
  readonly block: number;
  readonly size: number;
  readonly isDirectory: boolean;
  /** The file has another record after this one. */
  readonly goesOn: boolean;
  readonly time: string;
  /** Latin-1. */
  readonly identifier: string;
  readonly systemUse: Buffer;
}

export function* recordsIn(directory: Buffer): Generator<IsoRecord> {
  for (let at = 0; at < directory.byteLength; ) {
    const size = directory[at] ?? 0;
    if (size === 0) {
      at = (Math.floor(at / BLOCK) + 1) * BLOCK;
      continue;
    }
    const record = directory.subarray(at, at + size);
    const idSize = record[32] ?? 0;
    if (record.byteLength < size || size < 33 + idSize) throw damaged(`a directory record has ${size} bytes`);
    const flags = record[25] ?? 0;
    yield {
      block: record.readUInt32LE(2),
      size: record.readUInt32LE(10),
      isDirectory: (flags & 0x02) !== 0,
      goesOn: (flags & 0x80) !== 0,
      time: shortTime(record.subarray(18, 25)),
      identifier: record.toString('latin1', 33, 33 + idSize),
      systemUse: record.subarray(33 + idSize + (idSize % 2 === 0 ? 1 : 0)),
    };
    at += size;
  }
}

export function nameIn(text: string): string {
  const name = Buffer.from(text, 'latin1').toString('utf8');
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw damaged(`a file of it has the name ${JSON.stringify(name)}`);
  return name;
}

/** Years since 1900, month, day, hour, minute, second, quarters of an hour east of Greenwich. */
export function shortTime(bytes: Buffer): string {
  if (bytes.byteLength < 7) return '';
  const [year = 0, month, day, hour, minute, second] = bytes;
  const two = (value = 0): string => String(value).padStart(2, '0');
  const zone = bytes.readInt8(6) * 15;
  return `${1900 + year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${zoneWords(zone)}`;
}

/** Of a volume: 16 digits, down to hundredths of a second, and the zone. */
export function longTime(bytes: Buffer): string {
  const digits = bytes.toString('latin1', 0, 16);
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (match === null || /^0+$/.test(digits)) return /^[0\0]*$/.test(digits) ? 'none' : JSON.stringify(digits);
  const [, year, month, day, hour, minute, second, hundredths] = match;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}.${hundredths}${zoneWords(bytes.readInt8(16) * 15)}`;
}

function zoneWords(minutes: number): string {
  if (minutes === 0) return '';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return ` ${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
