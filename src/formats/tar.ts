/**
 * Reads and writes tar archives in memory. Equal entries result in equal bytes: entries keep the caller's order, and the clock and the
 * filesystem are never used.
 *
 * Written form: ustar headers; a PAX header (`PaxHeader`) goes before an entry whose path, link target or owner doesn't fit ustar, or that
 * has records of its own (apk's APK-TOOLS.checksum.SHA1). Two zero blocks end the archive, with no padding to a record of 20 blocks.
 */
import { extract, type Header, pack } from 'tar-stream';
import { compareUtf8 } from '../util/bytes.ts';
import { internal } from '../util/failure.ts';

/** Part of the key of every action that writes a tar; increase it when the bytes change. */
export const TAR_FORMAT_VERSION = 1;

export interface TarEntry {
  /** As in the archive, without a trailing slash; foreign archives may have `./etc` or worse, so check it before extracting. */
  readonly path: string;
  readonly type: TarType;
  /** Permission bits only, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname?: string;
  readonly gname?: string;
  /** Whole seconds since the epoch, 0 to 2^31 - 1. */
  readonly mtime: number;
  /** For files; default: empty. */
  readonly content?: Uint8Array;
  /** For symlinks and hard links. */
  readonly linkTarget?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  /** Extended records, except those that correspond to a field above. */
  readonly pax?: Readonly<Record<string, string>>;
}

type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

export interface PackTarOptions {
  /** Whether two zero blocks follow the last entry; false for the first segments of an apk, which are read as one archive. Default true. */
  readonly endOfArchive?: boolean;
}

/** tar-stream's type has no exact type for the records. */
type PaxHeader = Header & { pax?: Record<string, string> | null };

const END_OF_ARCHIVE_SIZE = 1024;
/** The largest number in the six octal digits that tar-stream writes; for larger numbers, it silently writes this one. */
const MAX_OWNER = 0o777777;
const MAX_NAME = 32;
const HEADER_TYPES = {
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
  hardlink: 'link',
  character: 'character-device',
  block: 'block-device',
  fifo: 'fifo',
} as const satisfies Record<TarType, Header['type']>;

export async function packTar(entries: Iterable<TarEntry>, options: PackTarOptions = {}): Promise<Buffer> {
  const archive = pack();
  for (const entry of entries) {
    const content = entry.type === 'file' ? Buffer.from(entry.content ?? []) : Buffer.alloc(0);
    archive.entry(headerOf(entry), content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return options.endOfArchive === false ? bytes.subarray(0, bytes.byteLength - END_OF_ARCHIVE_SIZE) : bytes;
}

/**
 * Reads ustar, GNU and PAX archives, with or without the blocks that end them. Rejects for an incomplete archive, so callers check a digest
 * first, or treat the rejection as a fault of the archive's origin.
 */
export async function unpackTar(bytes: Uint8Array): Promise<TarEntry[]> {
  const archive = extract();
  archive.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const entries: TarEntry[] = [];
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    entries.push(entryOf(entry.header as PaxHeader, Buffer.concat(chunks)));
  }
  return entries;
}

function headerOf(entry: TarEntry): Partial<PaxHeader> & Pick<PaxHeader, 'name'> {
  if (!Number.isInteger(entry.mtime) || entry.mtime < 0 || entry.mtime > 0x7fffffff) {
    throw internal(`tar cannot store the time ${entry.mtime} of ${entry.path}`);
  }
  const pax: Record<string, string> = { ...entry.pax };
  if (entry.uid > MAX_OWNER) pax.uid = String(entry.uid);
  if (entry.gid > MAX_OWNER) pax.gid = String(entry.gid);
  const uname = fittingName(entry.uname, 'uname', pax);
  const gname = fittingName(entry.gname, 'gname', pax);
  const sorted = Object.entries(pax).sort(([a], [b]) => compareUtf8(a, b));
  return {
    name: entry.type === 'directory' ? `${entry.path}/` : entry.path,
    type: HEADER_TYPES[entry.type],
    // tar-stream replaces a mode of 0 with a default, and masks the additional bit above the permissions.
    mode: (entry.mode & 0o7777) | 0o100000,
    uid: Math.min(entry.uid, MAX_OWNER),
    gid: Math.min(entry.gid, MAX_OWNER),
    uname,
    gname,
    mtime: new Date(entry.mtime * 1000),
    ...(entry.linkTarget === undefined ? {} : { linkname: entry.linkTarget }),
    ...(entry.device === undefined ? {} : { devmajor: entry.device.major, devminor: entry.device.minor }),
    ...(sorted.length === 0 ? {} : { pax: Object.fromEntries(sorted) }),
  };
}

/** The name if it fits the header's field; otherwise an empty name, and a record instead. */
function fittingName(name: string | undefined, record: string, pax: Record<string, string>): string {
  if (name === undefined || Buffer.byteLength(name) < MAX_NAME) return name ?? '';
  pax[record] = name;
  return '';
}

function entryOf(header: PaxHeader, content: Buffer): TarEntry {
  const { path: _path, linkpath: _linkpath, size: _size, uid, gid, uname, gname, ...pax } = header.pax ?? {};
  const type = typeOf(header);
  const owner = uname ?? header.uname;
  const group = gname ?? header.gname;
  const isDevice = type === 'character' || type === 'block';
  const isLink = type === 'symlink' || type === 'hardlink';
  return {
    path: header.name.replace(/(?<=.)\/+$/, ''),
    type,
    mode: header.mode & 0o7777,
    uid: Number(uid ?? header.uid),
    gid: Number(gid ?? header.gid),
    ...(owner === '' ? {} : { uname: owner }),
    ...(group === '' ? {} : { gname: group }),
    mtime: Math.floor(header.mtime.getTime() / 1000),
    ...(type === 'file' ? { content } : {}),
    ...(isLink ? { linkTarget: header.linkname } : {}),
    ...(isDevice ? { device: { major: header.devmajor, minor: header.devminor } } : {}),
    ...(Object.keys(pax).length === 0 ? {} : { pax }),
  };
}

function typeOf(header: PaxHeader): TarType {
  if (header.type === 'contiguous-file') return 'file';
  for (const [type, name] of Object.entries(HEADER_TYPES)) if (name === header.type) return type as TarType;
  throw new Error(`tar entry ${header.name} has an unsupported type: neither file, directory, link, device nor fifo`);
}
