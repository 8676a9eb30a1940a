/**
 * Carries a collection out, under the build lock. Records go before blobs: a process that dies in the middle leaves misses, or blobs that nobody
 * needs and that the next collection finds, but never a record that promises bytes which were taken away.
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
  /** Only says what would go. */
  readonly dryRun?: boolean;
  /** When this process began, milliseconds since 1970: blobs without a record from before then are nobody's work under way. */
  readonly began: number;
}

export interface Collected extends Collection {
  /** Folders of projects that are gone, and that the store does not know any more. */
  readonly forgotten: readonly string[];
  /** Databases and blobs that were moved aside, forgotten snapshots and saved machines, links that lead nowhere: relative to the store. */
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
  // Before its runs, which nobody asks for any more.
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
    // They are made again within seconds.
    ...unusedSince(store.folder, 'machines', maxBytes === 0 ? now : now - MACHINE_LIFETIME),
    ...deadLinks(store.folder, gone),
    ...forgotten.map(({ name }) => join('projects', name)).filter(name => existsSync(join(store.folder, name))),
  ];
  // What cannot be removed is only in the way.
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

/** What leads to a blob that is gone, or about to go: the image's whole folder, unless it is one where somebody keeps more. */
function deadLinks(folder: string, gone: ReadonlySet<string>): readonly string[] {
  const dead = new Set<string>();
  for (const link of imageLinks(folder)) {
    const target = resolve(dirname(link), readlinkSync(link));
    if (!gone.has(basename(target)) && existsSync(target)) continue;
    dead.add(relative(folder, isOfOneImage(dirname(link), folder) ? dirname(link) : link));
  }
  return [...dead];
}

/** Of files in the folder of an image, beside links. */
const WRITTEN = /\.(?:sha512|provenance\.json)$/;

/** `images/<cloud>/<name>`, the store's or a project's, with links and what is written about the image alone, as a build makes it. */
function isOfOneImage(place: string, folder: string): boolean {
  return (
    imageFolders(folder).includes(dirname(dirname(place))) &&
    readdirSync(place, { withFileTypes: true }).every(entry => entry.isSymbolicLink() || WRITTEN.test(entry.name))
  );
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
