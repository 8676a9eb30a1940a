/**
 * A folder as the Remote Execution API's canonical `Directory` message, so that its digest means the same here and on any worker. Never
 * contains times, owners or modes, except for the executable bit.
 *
 *     Directory     files = 1, directories = 2, symlinks = 3, each sorted by the UTF-8 bytes of the name
 *     FileNode      name = 1, digest = 2, is_executable = 4
 *     DirectoryNode name = 1, digest = 2
 *     SymlinkNode   name = 1, target = 2
 *     Digest        hash = 1, size_bytes = 2
 */
import { compareUtf8 } from '../../util/bytes.ts';
import { internal } from '../../util/failure.ts';
import { readWire, type WireField, WireWriter } from '../../util/wire.ts';
import { type Digest, digestOf, isDigest, type Sha256 } from './digest.ts';

export type Entry =
  | { readonly type: 'file'; readonly digest: Digest; readonly executable: boolean }
  | { readonly type: 'directory'; readonly digest: Digest }
  | { readonly type: 'symlink'; readonly target: string };

/** The entries of a tree by path; a directory entry represents everything below it. */
export type Tree = ReadonlyMap<string, Entry>;

export interface EncodedTree {
  readonly root: Digest;
  /** Every new Directory message, the root's last. Sub-folders that are given by digest are not included. */
  readonly messages: readonly { readonly digest: Digest; readonly bytes: Buffer }[];
}

/** Nested messages for a flat map of relative paths (`a/b/c`). */
export function encodeTree(tree: Tree): EncodedTree {
  const messages: { digest: Digest; bytes: Buffer }[] = [];
  const root = encodeFolder(nest(tree), messages);
  return { root, messages };
}

/** The digest of a folder as a `Tree` message, as caches identify output folders. */
export function treeDigest(tree: EncodedTree): Digest {
  return digestOf(treeMessage(tree));
}

/** The `Tree` message: root = 1, children = 2, each folder below the root once, ordered by the hash of its message. */
export function treeMessage({ root, messages }: EncodedTree): Buffer {
  const writer = new WireWriter();
  const byHash = new Map(messages.map(({ digest, bytes }) => [digest.hash as string, bytes]));
  writer.message(1, byHash.get(root.hash) ?? new Uint8Array());
  const children = [...byHash].filter(([hash]) => hash !== root.hash).sort(([a], [b]) => compareUtf8(a, b));
  for (const [, bytes] of children) writer.message(2, bytes);
  return writer.finish();
}

export function writeDigest(writer: WireWriter, { hash, size }: Digest): void {
  writer.text(1, hash).integer(2, size);
}

/** Undefined unless it is a valid digest of a blob. */
export function decodeDigest(bytes: Uint8Array): Digest | undefined {
  const fields = readWire(bytes);
  if (fields === undefined) return undefined;
  const size = fields.find(field => field.field === 2)?.integer ?? 0;
  const digest = { hash: textOf(fields, 1) as Sha256, size };
  return isDigest(digest) ? digest : undefined;
}

/**
 * The entries of one Directory message by name; undefined if the message is invalid. A message may come from another machine, so a name
 * that would lead out of its folder makes the whole message invalid.
 */
export function decodeDirectory(bytes: Uint8Array): ReadonlyMap<string, Entry> | undefined {
  const fields = readWire(bytes);
  if (fields === undefined) return undefined;
  const entries = new Map<string, Entry>();
  for (const { field, bytes: encoded } of fields) {
    if (field > 3) continue;
    const inner = readWire(encoded);
    const entry = inner === undefined ? undefined : decodeEntry(field, inner);
    const name = textOf(inner ?? [], 1);
    if (entry === undefined || !isName(name) || entries.has(name)) return undefined;
    entries.set(name, entry);
  }
  return entries;
}

/** True for a canonical relative path: no empty parts, no `.` or `..`. */
export function isCanonicalPath(path: string): boolean {
  return path.split('/').every(isName);
}

/** The limit of Linux, in bytes. */
const LONGEST_NAME = 255;

function isName(name: string): boolean {
  return Buffer.byteLength(name) <= LONGEST_NAME && name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

function decodeEntry(field: number, inner: readonly WireField[]): Entry | undefined {
  if (field === 3) return { type: 'symlink', target: textOf(inner, 2) };
  const digest = decodeDigest(inner.find(part => part.field === 2)?.bytes ?? new Uint8Array());
  if (digest === undefined) return undefined;
  if (field === 2) return { type: 'directory', digest };
  return { type: 'file', digest, executable: inner.some(part => part.field === 4 && part.integer === 1) };
}

type Folder = Map<string, Entry | Folder>;

function nest(tree: Tree): Folder {
  const root: Folder = new Map();
  for (const [path, entry] of tree) {
    if (!isCanonicalPath(path)) throw internal(`not a canonical relative path: ${path}`);
    const names = path.split('/');
    const last = names.pop() ?? '';
    let folder = root;
    for (const name of names) {
      const next = folder.get(name) ?? new Map<string, Entry | Folder>();
      if (!(next instanceof Map)) throw internal(`${path} is below something that is not a folder of this tree`);
      folder.set(name, next);
      folder = next;
    }
    if (folder.has(last)) throw internal(`two entries at ${path}`);
    folder.set(last, entry);
  }
  return root;
}

function encodeFolder(folder: Folder, messages: { digest: Digest; bytes: Buffer }[]): Digest {
  const writer = new WireWriter();
  const directories: (readonly [name: string, digest: Digest])[] = [];
  const symlinks: (readonly [name: string, target: string])[] = [];
  for (const [name, entry] of [...folder].sort(([a], [b]) => compareUtf8(a, b))) {
    if (entry instanceof Map) directories.push([name, encodeFolder(entry, messages)]);
    else if (entry.type === 'directory') directories.push([name, entry.digest]);
    else if (entry.type === 'symlink') symlinks.push([name, entry.target]);
    else {
      const { digest, executable } = entry;
      writer.nested(1, file => {
        file.text(1, name).nested(2, each => writeDigest(each, digest));
        file.boolean(4, executable);
      });
    }
  }
  for (const [name, digest] of directories)
    writer.nested(2, folderNode => folderNode.text(1, name).nested(2, each => writeDigest(each, digest)));
  for (const [name, target] of symlinks) writer.nested(3, symlink => symlink.text(1, name).text(2, target));
  const bytes = writer.finish();
  const digest = digestOf(bytes);
  messages.push({ digest, bytes });
  return digest;
}

function textOf(fields: readonly WireField[], number: number): string {
  return Buffer.from(fields.find(field => field.field === number)?.bytes ?? []).toString('utf8');
}
