/**
 * Members of a tar archive, the place of their content, and the owner of each byte: ustar, with the extension headers of POSIX (pax) and
 * GNU. Every member has a header of 512 bytes and its content, padded to a multiple of that. A pax header is a member with facts about the
 * next one, or about all that follow. Never accepts a header with a wrong checksum.
 *
 *       0  name, 100 bytes       124  size, 12            257  `ustar`
 *     100  mode, 8               136  time, 12            265  owner's name, 32
 *     108  owner, 8              148  checksum, 8         297  group's name, 32
 *     116  group, 8              156  type                329  device: major, minor, 8 each
 *                                157  target, 100         345  prefix of the name, 155
 *
 * Numbers are octal digits, or, with the highest bit of the first byte set, binary.
 */
import { isoTime } from '../reading/iso-time.ts';
import type { Region } from '../reading/owned-region.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';

const BLOCK = 512;
/** Maximum size of an extension header. */
const LONGEST_HEADER = 1 << 20;
const MOST_MEMBERS = 500_000;

const TYPES: Readonly<Record<string, string>> = {
  '': 'file',
  '0': 'file',
  '1': 'hard link',
  '2': 'link',
  '3': 'character device',
  '4': 'block device',
  '5': 'directory',
  '6': 'pipe',
  '7': 'file',
};

export interface TarMember {
  /** As it is in the archive. */
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  /** `0:0`, with names in parentheses if there are any. */
  readonly owner: string;
  readonly modified: string;
  readonly target: string;
  readonly device: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Offset and length of its content. */
  readonly at: number;
  readonly size: number;
}

export interface TarArchive {
  /** In the order of the archive, which is part of its content. */
  readonly members: readonly TarMember[];
  readonly regions: readonly Region[];
}

/** Undefined if it is not a tar archive. */
export function readTar(bytes: Bytes): TarArchive | undefined {
  if (bytes.size < BLOCK || bytes.read(257, 5).toString('latin1') !== 'ustar') return undefined;
  const members: TarMember[] = [];
  const regions: Region[] = [];
  const forAll = new Map<string, string>();
  let forNext = new Map<string, string>();
  let headersAt: number | undefined;
  for (let at = 0; at + BLOCK <= bytes.size; ) {
    const header = bytes.read(at, BLOCK);
    if (header.every(byte => byte === 0)) break;
    if (numberOf(header, 148, 8) !== checksumOf(header))
      throw damaged(`the archive's header at byte ${at} has a wrong checksum`);
    const facts = new Map([...forAll, ...forNext]);
    const type = String.fromCharCode(header[156] ?? 0).replace('\0', '');
    const size = sizeOf(header, type, facts);
    const content = at + BLOCK;
    const end = content + Math.ceil(size / BLOCK) * BLOCK;
    if (content + size > bytes.size) throw damaged(`a member of the archive, at byte ${at}, extends beyond its end`);
    if ('xgLK'.includes(type) && type !== '') {
      if (size > LONGEST_HEADER) throw damaged(`a header of the archive, at byte ${at}, is too large: ${size} bytes`);
      const text = bytes.read(content, size);
      if (type === 'g') for (const [name, value] of paxRecords(text, at)) forAll.set(name, value);
      else if (type === 'x') forNext = new Map([...forNext, ...paxRecords(text, at)]);
      else forNext.set(type === 'L' ? 'path' : 'linkpath', text.toString('utf8').replace(/\0.*$/s, ''));
      headersAt ??= at;
    } else {
      if (members.length >= MOST_MEMBERS) throw damaged(`the archive has more than ${MOST_MEMBERS} members`);
      const member = memberOf(header, type, facts, { at: content, size });
      members.push(member);
      const first = headersAt ?? at;
      regions.push({ offset: first, size: content - first, owner: `header of ${member.path}` });
      if (end > content) regions.push({ offset: content, size: end - content, owner: member.path });
      forNext = new Map();
      headersAt = undefined;
    }
    at = end;
  }
  return { members, regions };
}

function memberOf(
  header: Buffer,
  type: string,
  facts: ReadonlyMap<string, string>,
  content: { readonly at: number; readonly size: number },
): TarMember {
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textOf(header, 345, 155) : '';
  const name = textOf(header, 0, 100);
  const ids = [facts.get('uid') ?? numberOf(header, 108, 8), facts.get('gid') ?? numberOf(header, 116, 8)].join(':');
  const names = [facts.get('uname') ?? textOf(header, 265, 32), facts.get('gname') ?? textOf(header, 297, 32)].join(
    ':',
  );
  const isDevice = type === '3' || type === '4';
  return {
    path: facts.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`),
    type: TYPES[type] ?? `type ${type}`,
    mode: numberOf(header, 100, 8),
    owner: names === ':' ? ids : `${ids} (${names})`,
    modified: isoTime(Number(facts.get('mtime') ?? numberOf(header, 136, 12))),
    target: type === '1' || type === '2' ? (facts.get('linkpath') ?? textOf(header, 157, 100)) : '',
    device: isDevice ? `${numberOf(header, 329, 8)}:${numberOf(header, 337, 8)}` : '',
    attributes: new Map(
      [...facts]
        .filter(([fact]) => fact.startsWith(ATTRIBUTE))
        .map(([fact, value]) => [fact.slice(ATTRIBUTE.length), value]),
    ),
    ...content,
  };
}

const ATTRIBUTE = 'SCHILY.xattr.';

/** Links and folders have no content, regardless of the size in their header. */
function sizeOf(header: Buffer, type: string, facts: ReadonlyMap<string, string>): number {
  if ('123456'.includes(type) && type !== '') return 0;
  const size =
    'xgLK'.includes(type) && type !== ''
      ? numberOf(header, 124, 12)
      : Number(facts.get('size') ?? numberOf(header, 124, 12));
  if (!Number.isSafeInteger(size) || size < 0) throw damaged('a member of the archive has an invalid size');
  return size;
}

/** Each record is `LENGTH NAME=VALUE` and a newline; the length is that of the whole record. */
function paxRecords(text: Buffer, place: number): readonly (readonly [string, string])[] {
  const records: (readonly [string, string])[] = [];
  for (let at = 0; at < text.byteLength; ) {
    const blank = text.indexOf(' ', at);
    const length = Number(text.toString('latin1', at, blank));
    const equals = text.indexOf('=', at);
    if (
      blank === -1 ||
      !(length > blank - at) ||
      at + length > text.byteLength ||
      equals === -1 ||
      equals > at + length
    )
      throw damaged(`a pax header of the archive, at byte ${place}, is invalid`);
    records.push([text.toString('utf8', blank + 1, equals), text.toString('utf8', equals + 1, at + length - 1)]);
    at += length;
  }
  return records;
}

function numberOf(header: Buffer, at: number, length: number): number {
  if (((header[at] ?? 0) & 0x80) !== 0) {
    let value = 0;
    for (let index = at + 1; index < at + length; index += 1) value = value * 256 + (header[index] ?? 0);
    return value;
  }
  const digits = textOf(header, at, length).trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function textOf(header: Buffer, at: number, length: number): string {
  return header.toString('utf8', at, at + length).replace(/\0.*$/s, '');
}

/** The sum of all bytes; the bytes of the checksum itself count as blanks. */
function checksumOf(header: Buffer): number {
  let sum = 8 * 32;
  for (const [index, byte] of header.entries()) if (index < 148 || index >= 156) sum += byte;
  return sum;
}
