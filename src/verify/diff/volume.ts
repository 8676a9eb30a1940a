/** What a partition or an archive holds, in one form for all: facts in words, by which two are compared. */
import { readTar, type TarMember } from '../archive/tar-reader.ts';
import { type Ext4File, readExt4 } from '../ext4/ext4.ts';
import { readFat } from '../fat/fat.ts';
import type { FatEntry } from '../fat/fat-entries.ts';
import type { Region } from '../reading/owned-region.ts';
import { type Bytes, type Piece, piecesOf } from '../reading/random-access.ts';

export interface VolumeFile {
  readonly path: string;
  /** The same for all names of one file, and for nothing else of the volume. */
  readonly identity: string;
  /** All that it says of itself but for its content. */
  readonly facts: ReadonlyMap<string, string>;
  /** Of files alone. */
  readonly size: number;
  /** What is not among the pieces is zeros. */
  readonly content: (() => Generator<Piece>) | undefined;
}

export interface Volume {
  readonly kind: string;
  readonly fields: ReadonlyMap<string, string>;
  /** By path. */
  readonly files: ReadonlyMap<string, VolumeFile>;
  /** In order of their places. */
  readonly regions: () => readonly Region[];
}

/** Undefined for what is neither ext4 nor FAT nor tar. */
export function readVolume(bytes: Bytes): Volume | undefined {
  const ext4 = readExt4(bytes);
  if (ext4 !== undefined) {
    const files = [...ext4.files.values()].map(file => ext4Entry(file, () => ext4.content(file)));
    return { kind: 'ext4', fields: ext4.fields, files: byPath(files), regions: ext4.regions };
  }
  const tar = readTar(bytes);
  if (tar !== undefined) {
    // Of two members with one path, the last is what comes of unpacking it.
    const files = tar.members.map(member => tarEntry(member, bytes));
    return { kind: 'tar', fields: tarFields(tar.members), files: byPath(files), regions: () => tar.regions };
  }
  const fat = readFat(bytes);
  if (fat === undefined) return undefined;
  const files = fat.files.map(entry => fatEntry(entry, () => fat.content(entry)));
  return { kind: fat.kind, fields: fat.fields, files: byPath(files), regions: () => fat.regions };
}

function byPath(files: readonly VolumeFile[]): ReadonlyMap<string, VolumeFile> {
  return new Map(files.map(file => [file.path, file]));
}

function ext4Entry({ path, inode, attributes, target }: Ext4File, content: () => Generator<Piece>): VolumeFile {
  const { type, mode, uid, gid, size, links, flags, generation, modified, changed, accessed, created, device } = inode;
  const facts: [string, string][] = [
    ['type', type],
    ['mode', mode.toString(8).padStart(4, '0')],
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
    facts: new Map(facts.filter(([, value]) => value !== '')),
    size: isFile ? size : 0,
    content: isFile ? content : undefined,
  };
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
    ['mode', mode.toString(8).padStart(4, '0')],
    ['owner', owner],
    ['target', target],
    ['device', device],
    ['modified', modified],
  ];
  for (const [name, value] of attributes) facts.push([`attribute ${name}`, readable(Buffer.from(value))]);
  return {
    path,
    identity: type === 'hard link' ? target : path,
    facts: new Map(facts.filter(([, value]) => value !== '')),
    size: type === 'file' ? size : 0,
    content: type === 'file' ? () => pieces(archive, at, size) : undefined,
  };
}

function* pieces(archive: Bytes, at: number, size: number): Generator<Piece> {
  for (let offset = 0; offset < size; offset += PIECE)
    yield { offset, bytes: archive.read(at + offset, Math.min(PIECE, size - offset)) };
}

const PIECE = 1 << 20;

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
    identity: path,
    facts: new Map(facts.filter(([, value]) => value !== '')),
    size: type === 'file' ? size : 0,
    content: type === 'file' ? () => piecesOf(content()) : undefined,
  };
}

/** Text as text, all else in hexadecimal digits. */
function readable(value: Buffer): string {
  const text = value.toString('utf8').replace(/\0$/, '');
  return /^[^\u0000-\u001f\u007f\ufffd]+$/.test(text) ? text : value.toString('hex');
}
