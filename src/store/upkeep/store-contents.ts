/**
 * Lists everything in a store and what needs it, for collection, `aib du` and `aib fsck`. Reads the files themselves, not their rows in the
 * database, and never changes anything.
 */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '../content/artifact.ts';
import { type Digest, digestOf, type Sha256 } from '../content/digest.ts';
import { decodeDirectory, type Entry } from '../content/directory.ts';
import type { ActionRecord, StoredRecord } from '../records/action-record.ts';
import type { Store } from '../store.ts';

export interface CountedBlob {
  readonly hash: Sha256;
  /** Bytes of content. */
  readonly size: number;
  /** Bytes on the disk: less than its size for a file with holes. */
  readonly bytes: number;
  /** When it got its name, milliseconds since 1970. */
  readonly since: number;
}

export interface CountedRecord extends StoredRecord {
  /** Blobs of its outputs, including everything in folders. */
  readonly outputs: ReadonlySet<string>;
  /** Blobs that the action reads; needed to run it again. */
  readonly inputs: ReadonlySet<string>;
  /** Folders of the projects that built it or have it as their newest; empty while the store has only one project. */
  readonly projects: readonly string[];
}

export interface StoreContents {
  readonly blobs: ReadonlyMap<string, CountedBlob>;
  readonly records: readonly CountedRecord[];
}

export function storeContents(store: Store): StoreContents {
  const tree = new TreeReader(store);
  const users = store.projects.usersOfKeys();
  const records = store.records.all().map(stored => ({
    ...stored,
    outputs: tree.below(Object.values(stored.record.outputs)),
    inputs: tree.below(inputsOf(stored.record)),
    projects: users.get(stored.record.key) ?? [],
  }));
  return { blobs: countBlobs(join(store.folder, 'blobs')), records };
}

/**
 * The inputs of an action: everything in its input root. The folders of the root itself are not blobs, because their messages are in the
 * record.
 */
function inputsOf({ messages }: ActionRecord): readonly Artifact[] {
  const directories = (messages?.directories ?? []).map(text => Buffer.from(text, 'base64'));
  const own = new Set<string>(directories.map(bytes => digestOf(bytes).hash));
  return directories
    .flatMap(bytes => [...(decodeDirectory(bytes)?.values() ?? [])])
    .flatMap(entry => (entry.type === 'symlink' || own.has(entry.digest.hash) ? [] : [entry]));
}

/** Blobs below folders, each folder read once. */
class TreeReader {
  readonly #store: Store;
  readonly #entries = new Map<string, readonly Artifact[]>();

  constructor(store: Store) {
    this.#store = store;
  }

  below(artifacts: readonly Artifact[]): ReadonlySet<string> {
    const found = new Set<string>();
    const folders = new Set<string>();
    const visit = (artifact: Artifact): void => {
      found.add(artifact.digest.hash);
      if (artifact.type === 'file' || folders.has(artifact.digest.hash)) return;
      folders.add(artifact.digest.hash);
      for (const entry of this.#read(artifact.digest)) visit(entry);
    };
    for (const artifact of artifacts) visit(artifact);
    return found;
  }

  /** Empty for a folder whose message is gone or damaged: its content cannot be found any more. */
  #read(digest: Digest): readonly Artifact[] {
    const known = this.#entries.get(digest.hash);
    if (known !== undefined) return known;
    const path = this.#store.blobs.path(digest);
    const entries = existsSync(path) ? decodeDirectory(readFileSync(path)) : undefined;
    const artifacts = [...(entries ?? new Map<string, Entry>()).values()].filter(entry => entry.type !== 'symlink');
    this.#entries.set(digest.hash, artifacts);
    return artifacts;
  }
}

function countBlobs(folder: string): ReadonlyMap<string, CountedBlob> {
  const blobs = new Map<string, CountedBlob>();
  if (!existsSync(folder)) return blobs;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const [, hash] = /^(?:[0-9a-f]{2})\/([0-9a-f]{64})$/.exec(name) ?? [];
    const stats = hash === undefined ? undefined : lstatSync(join(folder, name), { throwIfNoEntry: false });
    if (hash === undefined || stats?.isFile() !== true) continue;
    blobs.set(hash, { hash: hash as Sha256, size: stats.size, bytes: stats.blocks * 512, since: stats.ctimeMs });
  }
  return blobs;
}

/** Absolute paths of all links in the folders of images. */
export function imageLinks(folder: string): readonly string[] {
  return imageFolders(folder).flatMap(images =>
    readdirSync(images, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isSymbolicLink())
      .map(entry => join(entry.parentPath, entry.name)),
  );
}

/** The folder in the store, and those of the other projects. */
export function imageFolders(folder: string): readonly string[] {
  const projects = join(folder, 'projects');
  const names = existsSync(projects) ? readdirSync(projects) : [];
  return [join(folder, 'images'), ...names.map(name => join(projects, name, 'images'))].filter(path =>
    existsSync(path),
  );
}
