/**
 * Performs a collection, under the build lock. Removes records before blobs: a process that dies in the middle leaves misses, or unused
 * blobs that the next collection finds, but never a record without its bytes.
 */
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { removeTree } from '../../util/files/remove-tree.ts';
import type { Store } from '../store.ts';
import { type Collection, chooseCollection, keysOf, LABEL_LIFETIME } from './collection-choice.ts';
import { imageFolders, imageLinks, storeContents } from './store-contents.ts';

const MACHINE_LIFETIME = 7 * 86_400_000;

export interface CollectOptions {
  readonly maxBytes: number;
  readonly labelLifetime?: number;
  /** Only returns what would be removed. */
  readonly dryRun?: boolean;
  /** When this process began, milliseconds since 1970: older blobs without a record do not belong to work in progress. */
  readonly began: number;
}

export interface Collected extends Collection {
  /** Folders of projects that are gone, and that the store has forgotten. */
  readonly forgotten: readonly string[];
  /** Databases and blobs that were moved aside, unused snapshots and saved machines, dead links: paths relative to the store. */
  readonly leftovers: readonly string[];
}

export async function collect(store: Store, options: CollectOptions): Promise<Collected> {
  const { maxBytes, labelLifetime, dryRun = false, began } = options;
  const now = store.now();
  store.records.keepUse(now);
  const plan = chooseCollection(storeContents(store), {
    now,
    maxBytes,
    before: began,
    pinned: { records: store.records.used, blobs: store.blobs.touched },
    ...(labelLifetime === undefined ? {} : { labelLifetime }),
  });
  const expired = now - (labelLifetime ?? LABEL_LIFETIME);
  // Before the old runs are forgotten, so that runs of forgotten projects are removed too.
  const forgotten = store.projects.forget(expired, dryRun);
  if (!dryRun) {
    store.records.remove(keysOf(plan.records));
    store.verdicts.prune();
    store.blobs.remove(plan.blobs.map(({ hash }) => hash));
    await store.forgetOldRuns();
  }
  const gone = new Set<string>(plan.blobs.map(({ hash }) => hash));
  const leftovers = [
    ...damagedDatabases(store.folder),
    ...namesIn(join(store.folder, 'damaged')).map(name => join('damaged', name)),
    ...unusedSince(store.folder, 'snapshots', expired),
    // Saved machines can be made again within seconds.
    ...unusedSince(store.folder, 'machines', maxBytes === 0 ? now : now - MACHINE_LIFETIME),
    ...deadLinks(store.folder, gone),
    ...forgotten.map(({ name }) => join('projects', name)).filter(name => existsSync(join(store.folder, name))),
  ];
  // What cannot be removed does no harm.
  if (!dryRun) for (const name of leftovers) await removeTree(join(store.folder, name)).catch(() => undefined);
  return { ...plan, forgotten: forgotten.map(({ folder }) => folder), leftovers };
}

function damagedDatabases(folder: string): readonly string[] {
  return namesIn(folder).filter(name => /^aib\.db\.bad-\d+/.test(name));
}

function unusedSince(folder: string, place: string, before: number): readonly string[] {
  return namesIn(join(folder, place))
    .map(name => join(place, name))
    .filter(name => statSync(join(folder, name)).mtimeMs < before);
}

/** Links to blobs that are gone or will be removed: the whole folder of the image, unless it contains other files. */
function deadLinks(folder: string, gone: ReadonlySet<string>): readonly string[] {
  const dead = new Set<string>();
  for (const link of imageLinks(folder)) {
    const target = resolve(dirname(link), readlinkSync(link));
    if (!gone.has(basename(target)) && existsSync(target)) continue;
    dead.add(relative(folder, isOfOneImage(dirname(link), folder) ? dirname(link) : link));
  }
  return [...dead];
}

/** Names of the files that a build writes into the folder of an image, beside the links. */
const WRITTEN = /\.(?:sha512|provenance\.json)$/;

/** True for `images/<cloud>/<name>`, in the store or of a project, that contains only links and files that a build writes. */
function isOfOneImage(place: string, folder: string): boolean {
  return (
    imageFolders(folder).includes(dirname(dirname(place))) &&
    readdirSync(place, { withFileTypes: true }).every(entry => entry.isSymbolicLink() || WRITTEN.test(entry.name))
  );
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
