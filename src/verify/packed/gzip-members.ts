/**
 * A gzip file; its members are unpacked one after another: apk packages have three, and an initramfs may have several. Never unpacks more
 * than the scratch space allows. Little-endian, RFC 1952:
 *
 *     1f 8b 08 flags mtime[4] xfl os  [extra: length[2] bytes]  [name 00]  [comment 00]  [header crc[2]]  deflate  crc32[4]  size[4]
 *
 * The optional parts exist if flags has the bits 4, 8, 16, 2.
 */
import { crc32, createInflateRaw } from 'node:zlib';
import { isoTime } from '../reading/iso-time.ts';
import { type Bytes, damaged, type Piece } from '../reading/random-access.ts';
import { byPath, partFile, type Volume } from '../reading/volume.ts';
import type { Scratch } from './scratch.ts';
import { MOST_PARTS, UNPACKED, unpacking } from './unpacking.ts';

interface Header {
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Offset of the compressed data. */
  readonly end: number;
}

const TRAILER = 8;
const FLAGS = { headerCrc: 2, extra: 4, name: 8, comment: 16 } as const;
/** Maximum length of a name or a comment. */
const LONGEST_TEXT = 4_096;
/** The headers of this many members are compared; of the others only the number. */
const MEMBERS_TOLD = 16;

export function isGzip(start: Buffer): boolean {
  return start.byteLength >= 18 && start[0] === 0x1f && start[1] === 0x8b && start[2] === 8;
}

export async function readGzip(bytes: Bytes, scratch: Scratch): Promise<Volume> {
  const fields = new Map<string, string>();
  let members = 0;
  let at = 0;
  const unpacked = await scratch.keep(allMembers());
  fields.set('members', String(members));
  const rest = bytes.size - at;
  const files = [partFile(UNPACKED, unpacked, { at: 0, size: unpacked.size })];
  if (rest > 0) files.push(partFile('data after the last member', bytes, { at, size: rest }));
  return {
    kind: 'gzip',
    fields,
    files: byPath(files),
    regions: () => [{ offset: 0, size: bytes.size, owner: 'compressed data' }],
    close: unpacked.close,
  };

  async function* allMembers(): AsyncGenerator<Piece> {
    let offset = 0;
    while (isGzip(bytes.read(at, Math.min(18, bytes.size - at)))) {
      members += 1;
      if (members > MOST_PARTS) throw damaged(`it has more than ${MOST_PARTS} gzip members`);
      const header = readHeader(bytes, at);
      if (members <= MEMBERS_TOLD)
        for (const [name, value] of header.fields)
          fields.set(members === 1 ? name : `${name} of member ${members}`, value);
      const engine = createInflateRaw();
      let sum = 0;
      let size = 0;
      for await (const chunk of unpacking(bytes, header.end, engine)) {
        sum = crc32(chunk, sum);
        size += chunk.byteLength;
        yield { offset, bytes: chunk };
        offset += chunk.byteLength;
      }
      at = header.end + engine.bytesWritten;
      if (at + TRAILER > bytes.size) throw damaged('a gzip member is truncated');
      const trailer = bytes.read(at, TRAILER);
      if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== size % 2 ** 32)
        throw damaged('a gzip member has a wrong checksum or size');
      at += TRAILER;
    }
  }
}

function readHeader(bytes: Bytes, start: number): Header {
  const fixed = bytes.read(start, 10);
  const flags = fixed.readUInt8(3);
  let at = start + 10;
  if ((flags & FLAGS.extra) !== 0) at += 2 + bytes.read(at, 2).readUInt16LE(0);
  const text = (flag: number): string => {
    if ((flags & flag) === 0) return '';
    const piece = bytes.read(at, Math.min(LONGEST_TEXT, bytes.size - at));
    const end = piece.indexOf(0);
    if (end === -1) throw damaged('a gzip header has a name or a comment without an end');
    at += end + 1;
    return piece.toString('latin1', 0, end);
  };
  const [name, comment] = [text(FLAGS.name), text(FLAGS.comment)];
  if ((flags & FLAGS.headerCrc) !== 0) at += 2;
  const seconds = fixed.readUInt32LE(4);
  return {
    fields: [
      ['modified', seconds === 0 ? 'none' : isoTime(seconds)],
      ['name', name],
      ['comment', comment],
      ['flags', `0x${fixed.toString('hex', 3, 4)}`],
      ['level', `0x${fixed.toString('hex', 8, 9)}`],
      ['operating system', String(fixed.readUInt8(9))],
    ],
    end: at,
  };
}
