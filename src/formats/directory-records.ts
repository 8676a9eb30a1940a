/**
 * The records of an ISO 9660 directory, in order. Never interprets names or Rock Ridge: the reader does.
 *
 *     0  size of the record     18  time, 7 bytes     33  name
 *     2  block (both endians)   25  flags                 then Rock Ridge, at an even byte
 *    10  size (both endians)    32  size of the name
 *
 * A record of size 0 means that the next one is in the next block.
 */

const BLOCK = 2_048;

export interface DirectoryRecord {
  readonly block: number;
  /** Bytes of the file or directory. */
  readonly size: number;
  readonly isDirectory: boolean;
  /** The file continues in another record after this one. */
  readonly goesOn: boolean;
  readonly time: Buffer;
  /** Latin-1. */
  readonly identifier: string;
  readonly systemUse: Buffer;
}

/** `faultOf` returns the error to throw for a record with an impossible size. */
export function* directoryRecords(directory: Buffer, faultOf: (size: number) => Error): Generator<DirectoryRecord> {
  for (let at = 0; at < directory.byteLength; ) {
    const size = directory[at] ?? 0;
    if (size === 0) {
      at = (Math.floor(at / BLOCK) + 1) * BLOCK;
      continue;
    }
    const record = directory.subarray(at, at + size);
    const idSize = record[32] ?? 0;
    if (record.byteLength < size || size < 33 + idSize) throw faultOf(size);
    const flags = record[25] ?? 0;
    yield {
      block: record.readUInt32LE(2),
      size: record.readUInt32LE(10),
      isDirectory: (flags & 0x02) !== 0,
      goesOn: (flags & 0x80) !== 0,
      time: record.subarray(18, 25),
      identifier: record.toString('latin1', 33, 33 + idSize),
      systemUse: record.subarray(33 + idSize + (idSize % 2 === 0 ? 1 : 0)),
    };
    at += size;
  }
}
