/** Reads a partition, an archive or a packed file in the format that its content identifies. Never uses its name. */
import { isCpio, readCpio } from '../archive/cpio-entries.ts';
import { readTar, type TarArchive, type TarMember } from '../archive/tar-reader.ts';
import { type Ext4File, readExt4 } from '../ext4/ext4.ts';
import { readFat } from '../fat/fat.ts';
import type { FatEntry } from '../fat/fat-entries.ts';
import { isIso, readIso } from '../iso/iso-volume.ts';
import { isGzip, readGzip } from '../packed/gzip-members.ts';
import { compressionOf, readPacked } from '../packed/packed-volume.ts';
import type { Scratch } from '../packed/scratch.ts';
import { isPe, readPe } from '../programs/pe-image.ts';
import { type Bytes, type Piece, piecesOf } from '../reading/random-access.ts';
import { byPath, factsOf, modeWords, partFile, type Volume, type VolumeFile } from '../reading/volume.ts';

/** Enough bytes to identify every format except ISO 9660. */
export const START = 64 << 10;

/** Undefined for an unknown format. */
export async function openVolume(bytes: Bytes, scratch: Scratch): Promise<Volume | undefined> {
  return readFilesystem(bytes) ?? (await openInside(bytes, scratch)) ?? readFatVolume(bytes);
}

/** The same without filesystems: the formats that may be inside a file. */
export async function openInside(bytes: Bytes, scratch: Scratch): Promise<Volume | undefined> {
  if (isIso(bytes)) return readIso(bytes);
  const start = bytes.read(0, Math.min(START, bytes.size));
  if (isGzip(start)) return readGzip(bytes, scratch);
  if (isCpio(start)) return readCpio(bytes);
  if (isPe(start)) return readPe(bytes);
  const compression = compressionOf(start);
  if (compression !== undefined) return readPacked(bytes, compression, scratch);
  const tar = readTar(bytes);
  return tar === undefined ? undefined : tarVolume(tar, bytes);
}

/** Whether the file may have one of those formats, so that other files are not copied in vain. */
export function mayOpen(start: Buffer): boolean {
  return (
    isGzip(start) ||
    isCpio(start) ||
    isPe(start) ||
    compressionOf(start) !== undefined ||
    start.toString('latin1', 257, 262) === 'ustar' ||
    start.toString('latin1', 32_769, 32_774) === 'CD001'
  );
}

function readFilesystem(bytes: Bytes): Volume | undefined {
  const ext4 = readExt4(bytes);
  if (ext4 === undefined) return undefined;
  const files = [...ext4.files.values()].map(file => ext4Entry(file, () => ext4.content(file)));
  return { kind: 'ext4', fields: ext4.fields, files: byPath(files), regions: ext4.regions };
}

function readFatVolume(bytes: Bytes): Volume | undefined {
  const fat = readFat(bytes);
  if (fat === undefined) return undefined;
  const files = fat.files.map(entry => fatEntry(entry, () => fat.content(entry)));
  return { kind: fat.kind, fields: fat.fields, files: byPath(files), regions: () => fat.regions };
}

function ext4Entry({ path, inode, attributes, target }: Ext4File, content: () => Generator<Piece>): VolumeFile {
  const { type, mode, uid, gid, size, links, flags, generation, modified, changed, accessed, created, device } = inode;
  const facts: [string, string][] = [
    ['type', type],
    ['mode', modeWords(mode)],
    ['owner', `${uid}:${gid}`],
    ['links', String(links)],
    ['target', target],
    ['device', device],
    ['modified', modified],
    ['changed', changed],
    ['accessed', accessed],
    ['created', created],
    ['flags', `0x${flags.toString(16)}`],
    ['generation', String(generation)],
  ];
  for (const [name, value] of attributes) facts.push([`attribute ${name}`, readable(value)]);
  const isFile = type === 'file';
  return {
    path,
    identity: String(inode.number),
    facts: factsOf(facts),
    size: isFile ? size : 0,
    content: isFile ? content : undefined,
  };
}

function tarVolume({ members, regions }: TarArchive, bytes: Bytes): Volume {
  const files = members.map(member => tarEntry(member, bytes));
  return { kind: 'tar', fields: tarFields(members), files: byPath(files), regions: () => regions };
}

function tarFields(members: readonly TarMember[]): ReadonlyMap<string, string> {
  const isSorted = members.every(({ path }, index) => index === 0 || (members[index - 1]?.path ?? '') <= path);
  return new Map([
    ['members', String(members.length)],
    ['in order of path', isSorted ? 'yes' : 'no'],
  ]);
}

function tarEntry(member: TarMember, archive: Bytes): VolumeFile {
  const { path, type, mode, owner, modified, target, device, attributes, at, size } = member;
  const facts: [string, string][] = [
    ['type', type],
    ['mode', modeWords(mode)],
    ['owner', owner],
    ['target', target],
    ['device', device],
    ['modified', modified],
  ];
  for (const [name, value] of attributes) facts.push([`attribute ${name}`, readable(Buffer.from(value))]);
  if (type === 'file') return partFile(path, archive, { at, size }, factsOf(facts));
  const identity = type === 'hard link' ? { identity: target } : {};
  return { path, ...identity, facts: factsOf(facts), size: 0, content: undefined };
}

function fatEntry(entry: FatEntry, content: () => Generator<Buffer>): VolumeFile {
  const { path, type, size, attributes, modified, created, accessed, shortName } = entry;
  const facts: [string, string][] = [
    ['type', type],
    ['attributes', attributes],
    ['modified', modified],
    ['created', created],
    ['accessed', accessed],
    ['short name', shortName],
  ];
  return {
    path,
    facts: factsOf(facts),
    size: type === 'file' ? size : 0,
    content: type === 'file' ? () => piecesOf(content()) : undefined,
  };
}

/** Text as text, everything else in hexadecimal digits. */
function readable(value: Buffer): string {
  const text = value.toString('utf8').replace(/\0$/, '');
  return /^[^\u0000-\u001f\u007f\ufffd]+$/.test(text) ? text : value.toString('hex');
}
