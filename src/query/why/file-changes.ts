/** The differences between two artifacts for the user: files by line, folders by file. Never reads more than it has to show. */
import { isUtf8 } from 'node:buffer';
import type { Artifact } from '../../store/content/artifact.ts';
import type { Digest } from '../../store/content/digest.ts';
import { decodeDirectory, type Entry } from '../../store/content/directory.ts';
import type { FileChange } from './explanation.ts';
import { textChange } from './text-change.ts';

/** The bytes of a digest; undefined if they are gone. */
export type ReadBytes = (digest: Digest) => Promise<Uint8Array | undefined>;

/** Longer texts are not compared line by line. */
const MAX_TEXT = 4 << 20;

export async function fileChanges(
  path: string,
  before: Artifact | undefined,
  after: Artifact | undefined,
  read: ReadBytes,
): Promise<readonly FileChange[]> {
  return entryChanges(path, asEntry(before), asEntry(after), read);
}

function asEntry(artifact: Artifact | undefined): Entry | undefined {
  if (artifact === undefined) return undefined;
  const { type, digest } = artifact;
  return type === 'directory' ? { type, digest } : { type, digest, executable: false };
}

async function entryChanges(
  path: string,
  before: Entry | undefined,
  after: Entry | undefined,
  read: ReadBytes,
): Promise<readonly FileChange[]> {
  if (before?.type === 'directory' || after?.type === 'directory') return folderChanges(path, before, after, read);
  if (before === undefined) return after === undefined ? [] : [plain(path, 'added')];
  if (after === undefined) return [plain(path, 'removed')];
  if (before.type === 'symlink' || after.type === 'symlink')
    return sameLink(before, after) ? [] : [plain(path, 'link')];
  if (before.digest.hash !== after.digest.hash) return [await contentChange(path, before.digest, after.digest, read)];
  return before.executable === after.executable ? [] : [plain(path, 'mode')];
}

async function folderChanges(
  path: string,
  before: Entry | undefined,
  after: Entry | undefined,
  read: ReadBytes,
): Promise<readonly FileChange[]> {
  const [old, now] = await Promise.all([before, after].map(entry => entriesOf(entry, read)));
  // If a folder became a file, or its Directory message is gone, only its name is shown.
  if (old === undefined || now === undefined) return [plain(path, 'binary')];
  const changes: FileChange[] = [];
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort())
    changes.push(...(await entryChanges(`${path}/${name}`, old.get(name), now.get(name), read)));
  return changes;
}

async function entriesOf(entry: Entry | undefined, read: ReadBytes): Promise<ReadonlyMap<string, Entry> | undefined> {
  if (entry === undefined) return new Map();
  if (entry.type !== 'directory') return undefined;
  const bytes = await read(entry.digest);
  return bytes === undefined ? undefined : decodeDirectory(bytes);
}

async function contentChange(path: string, before: Digest, after: Digest, read: ReadBytes): Promise<FileChange> {
  const [old, now] = await Promise.all([before, after].map(digest => textOf(digest, read)));
  if (old === undefined || now === undefined) return plain(path, 'binary');
  return { path, change: 'text', ...(await textChange(old, now)) };
}

async function textOf(digest: Digest, read: ReadBytes): Promise<string | undefined> {
  if (digest.size > MAX_TEXT) return undefined;
  const bytes = await read(digest);
  // In another encoding, different bytes could decode to the same text.
  return bytes === undefined || bytes.includes(0) || !isUtf8(bytes) ? undefined : Buffer.from(bytes).toString('utf8');
}

function sameLink(a: Entry, b: Entry): boolean {
  return a.type === 'symlink' && b.type === 'symlink' && a.target === b.target;
}

function plain(path: string, change: FileChange['change']): FileChange {
  return { path, change, lines: [], diff: [] };
}
