/**
 * Encodes and decodes Rock Ridge, the POSIX attributes in a directory record of ISO 9660 (SUSP 1.10, RRIP 1.10). An encoded entry never
 * depends on its position; only `CE` contains a position.
 *
 * An entry is two letters, its length in one byte, version 1 and its body:
 *
 *     SP  BE EF skip                      first in the root's own record: in all other records, entries start `skip` bytes later
 *     CE  block, offset, size             entries continue at that position
 *     PX  mode, links, uid, gid           mode with the type's bits
 *     TF  flags, times                    bit 1 modified, bit 2 accessed, bit 3 changed; 7 bytes each, the form of a directory record
 *     NM  flags, name                     bit 0: the name continues in the next NM
 *     SL  flags, components               bit 0: continues in the next SL. A component is flags, length, text; bit 0: continues in the
 *                                         next component, bits 1, 2, 3: `.`, `..`, root, without text
 *     ER  lengths, version, three texts   names the extension; without it Linux doesn't look for the rest
 *
 * Numbers are 32 bits, little-endian and then big-endian.
 */

export interface PosixRecord {
  /** With the bits of the type. */
  readonly mode: number;
  readonly links: number;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Undefined for `.` and `..`. */
  readonly name?: string;
  /** For symlinks. */
  readonly linkTarget?: string;
}

export const CONTINUATION_SIZE = 28;
const ENTRY_MAX = 255;
const TEXT_MAX = ENTRY_MAX - 5;

export function encodePosix(record: PosixRecord): Buffer[] {
  const attributes = [record.mode, record.links, 0, 0].map(bothEndian32);
  const time = recordTime(record.time);
  const entries = [entry('PX', ...attributes), entry('TF', Buffer.of(0b1110), time, time, time)];
  if (record.name !== undefined) entries.push(...encodeName(record.name));
  if (record.linkTarget !== undefined) entries.push(...encodeLink(record.linkTarget));
  return entries;
}

export function encodeSharing(): Buffer {
  return entry('SP', Buffer.of(0xbe, 0xef, 0));
}

export function encodeExtensionReference(): Buffer {
  const texts = [
    'RRIP_1991A',
    'THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS',
    'SEE THE ROCK RIDGE INTERCHANGE PROTOCOL, VERSION 1.10',
  ].map(text => Buffer.from(text));
  return entry('ER', Buffer.from([...texts.map(text => text.byteLength), 1]), ...texts);
}

export function encodeContinuation(block: number, offset: number, size: number): Buffer {
  return entry('CE', ...[block, offset, size].map(bothEndian32));
}

/** Years since 1900, month, day, hour, minute, second, quarters of an hour east of Greenwich. */
export function recordTime(seconds: number): Buffer {
  const date = new Date(seconds * 1000);
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), 0];
  return Buffer.from([date.getUTCFullYear() - 1900, date.getUTCMonth() + 1, date.getUTCDate(), ...clock]);
}

export function bothEndian32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

/** The entries of one record, decoded; `continuation` is the position of further entries. */
export interface SystemUse {
  skip?: number;
  name?: string;
  nameGoesOn?: boolean;
  mode?: number;
  links?: number;
  uid?: number;
  gid?: number;
  /** The flags of TF and its times, 7 bytes each; the flags determine the meaning of each time. */
  times?: { readonly flags: number; readonly bytes: Buffer };
  linkTarget?: string;
  linkGoesOn?: boolean;
  continuation?: { readonly block: number; readonly offset: number; readonly size: number } | undefined;
}

/** Adds the entries of an area; a damaged entry ends the area, as in the kernel, and unknown entries are skipped. */
export function decodeSystemUse(area: Buffer, into: SystemUse): void {
  into.continuation = undefined;
  let at = 0;
  while (at + 4 <= area.byteLength) {
    const size = area[at + 2] ?? 0;
    if (size < 4 || at + size > area.byteLength) return;
    decodeEntry(area.toString('latin1', at, at + 2), area.subarray(at + 4, at + size), into);
    at += size;
  }
}

function decodeEntry(letters: string, body: Buffer, into: SystemUse): void {
  const flags = body[0] ?? 0;
  if (letters === 'SP' && body.byteLength >= 3) into.skip = body[2] ?? 0;
  if (letters === 'PX' && body.byteLength >= 4) into.mode = body.readUInt32LE(0);
  if (letters === 'PX' && body.byteLength >= 32) {
    into.links = body.readUInt32LE(8);
    into.uid = body.readUInt32LE(16);
    into.gid = body.readUInt32LE(24);
  }
  if (letters === 'TF' && body.byteLength >= 1) into.times = { flags, bytes: body.subarray(1) };
  if (letters === 'CE' && body.byteLength >= 24) {
    into.continuation = { block: body.readUInt32LE(0), offset: body.readUInt32LE(8), size: body.readUInt32LE(16) };
  }
  if (letters === 'NM') {
    // Names are kept as latin1 until they are complete: a character may be split between two entries.
    into.name = (into.nameGoesOn ? (into.name ?? '') : '') + body.toString('latin1', 1);
    into.nameGoesOn = (flags & 1) !== 0;
  }
  if (letters === 'SL') decodeLink(body, into);
}

function decodeLink(body: Buffer, into: SystemUse): void {
  let text = into.linkTarget ?? '';
  let at = 1;
  while (at + 2 <= body.byteLength) {
    const flags = body[at] ?? 0;
    const size = body[at + 1] ?? 0;
    // A slash separates components, but not after the root and not within a continued component.
    if (text !== '' && text !== '/' && into.linkGoesOn !== true) text += '/';
    if (flags & 8) text = '/';
    else if (flags & 4) text += '..';
    else if (flags & 2) text += '.';
    else text += body.toString('latin1', at + 2, at + 2 + size);
    into.linkGoesOn = (flags & 1) !== 0;
    at += 2 + size;
  }
  into.linkTarget = text;
}

function encodeName(name: string): Buffer[] {
  const parts = split(Buffer.from(name), TEXT_MAX);
  return parts.map((part, index) => entry('NM', Buffer.of(index < parts.length - 1 ? 1 : 0), part));
}

/** Components in order, with a new SL when the next one doesn't fit. */
function encodeLink(target: string): Buffer[] {
  const components = target.split('/').flatMap((text, index) => encodeComponent(text, index === 0 && target !== ''));
  const bodies: Buffer[][] = [[]];
  let room = TEXT_MAX;
  for (const component of components) {
    if (component.byteLength > room) {
      bodies.push([]);
      room = TEXT_MAX;
    }
    bodies.at(-1)?.push(component);
    room -= component.byteLength;
  }
  return bodies.map((body, index) => entry('SL', Buffer.of(index < bodies.length - 1 ? 1 : 0), ...body));
}

function encodeComponent(text: string, isFirst: boolean): Buffer[] {
  if (text === '' && isFirst) return [Buffer.of(8, 0)];
  if (text === '.') return [Buffer.of(2, 0)];
  if (text === '..') return [Buffer.of(4, 0)];
  const parts = split(Buffer.from(text), TEXT_MAX - 2);
  return parts.map((part, index) => {
    const goesOn = index < parts.length - 1 ? 1 : 0;
    return Buffer.concat([Buffer.of(goesOn, part.byteLength), part]);
  });
}

/** At least one part, so that an empty text is one empty part. */
function split(bytes: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.byteLength; at += size) parts.push(bytes.subarray(at, at + size));
  return parts;
}

function entry(letters: string, ...body: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from(letters), Buffer.of(bytes.byteLength + 4, 1), bytes]);
}
