/**
 * Entries of cpio archives in the newc format, one archive after another, as the kernel accepts them for an initramfs (format:
 * src/formats/cpio.ts). Data after the last archive, which may be a compressed archive, is a separate file here. Never accepts a size that
 * extends beyond the end.
 */
import { isoTime } from '../reading/iso-time.ts';
import type { Region } from '../reading/owned-region.ts';
import { typeOfMode } from '../reading/posix-type.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { byPath, factsOf, modeWords, partFile, type Volume, type VolumeFile } from '../reading/volume.ts';

const HEADER = 110;
const TRAILER = 'TRAILER!!!';
/** Maximum length of a path and of a link target; Linux does not open longer ones. */
const LONGEST_PATH = 4_096;
const MOST_ENTRIES = 250_000;
const WINDOW = 64 << 10;
export const REST = 'data after the archive';

export function isCpio(start: Buffer): boolean {
  return /^07070[12]$/.test(start.toString('latin1', 0, 6)) && start.byteLength >= HEADER;
}

export function readCpio(bytes: Bytes): Volume {
  const files: VolumeFile[] = [];
  const regions: Region[] = [];
  let archives = 0;
  let at = 0;
  for (let start = at; start < bytes.size; start = nextStart(bytes, at)) {
    at = start;
    if (!isCpio(bytes.read(at, Math.min(HEADER, bytes.size - at)))) break;
    archives += 1;
    for (let isLast = false; !isLast; ) {
      if (files.length >= MOST_ENTRIES) throw damaged(`the archive has more than ${MOST_ENTRIES} entries`);
      const entry = readEntry(bytes, at);
      isLast = entry.path === TRAILER;
      const { path, content, end } = entry;
      regions.push({ offset: at, size: content - at, owner: isLast ? 'end of the archive' : `header of ${path}` });
      if (end > content) regions.push({ offset: content, size: end - content, owner: path });
      if (!isLast) files.push(fileOf(bytes, entry));
      at = end;
    }
  }
  if (at < bytes.size && nextStart(bytes, at) < bytes.size) {
    const rest = { at, size: bytes.size - at };
    files.push(partFile(REST, bytes, rest));
    regions.push({ offset: at, size: rest.size, owner: REST });
  }
  return {
    kind: 'cpio',
    fields: new Map([
      ['archives', String(archives)],
      ['entries', String(files.length)],
    ]),
    files: byPath(files),
    regions: () => regions,
  };
}

/** The offset of the next byte that is not zero. */
function nextStart(bytes: Bytes, from: number): number {
  for (let at = from; at < bytes.size; at += WINDOW) {
    const piece = bytes.read(at, Math.min(WINDOW, bytes.size - at));
    const found = piece.findIndex(byte => byte !== 0);
    if (found !== -1) return at + found;
  }
  return bytes.size;
}

interface Entry {
  readonly path: string;
  readonly numbers: readonly number[];
  readonly content: number;
  readonly size: number;
  readonly end: number;
}

/** Padding of the last entry may be missing. */
function readEntry(bytes: Bytes, at: number): Entry {
  const header = at + HEADER > bytes.size ? '' : bytes.read(at, HEADER).toString('latin1');
  if (!/^07070[12][0-9A-Fa-f]{104}$/.test(header)) throw damaged(`no entry header found at byte ${at} of the archive`);
  const numbers = Array.from({ length: 13 }, (_, index) =>
    Number.parseInt(header.slice(6 + index * 8, 14 + index * 8), 16),
  );
  const [size = 0, pathSize = 0] = [numbers[6], numbers[11]];
  if (pathSize < 1 || pathSize > LONGEST_PATH)
    throw damaged(`a name in the archive, at byte ${at}, has an invalid length: ${pathSize} bytes`);
  const content = align(at + HEADER + pathSize);
  if (content + size > bytes.size) throw damaged(`an entry of the archive, at byte ${at}, extends beyond its end`);
  const path = bytes.read(at + HEADER, pathSize).toString('utf8', 0, pathSize - 1);
  return { path, numbers, content, size, end: Math.min(align(content + size), bytes.size) };
}

function align(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}

function fileOf(bytes: Bytes, { path, numbers, content, size }: Entry): VolumeFile {
  const [inode, mode = 0, uid, gid, links, modified = 0, , major, minor, deviceMajor, deviceMinor] = numbers;
  const type = typeOfMode(mode);
  const isFile = type === 'file';
  if (type === 'link' && size > LONGEST_PATH)
    throw damaged(`the link ${path} in the archive has a target of ${size} bytes`);
  const facts = factsOf([
    ['type', type],
    ['mode', modeWords(mode & 0o7777)],
    ['owner', `${uid}:${gid}`],
    ['links', String(links)],
    ['target', type === 'link' ? bytes.read(content, size).toString('utf8') : ''],
    ['device', type.endsWith('device') ? `${deviceMajor}:${deviceMinor}` : ''],
    ['modified', isoTime(modified)],
    ['inode', String(inode)],
    ['filesystem', `${major}:${minor}`],
  ]);
  return isFile ? partFile(path, bytes, { at: content, size }, facts) : { path, facts, size: 0, content: undefined };
}
