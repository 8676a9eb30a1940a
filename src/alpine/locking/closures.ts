/**
 * Closures in a lock: the result of resolving a set of packages, computed when the lock was written. Each package is once in a table of its
 * index, and closures refer to it by name; so the locks of two branches merge if they update different packages. Never resolves anything.
 */
import { createHash } from 'node:crypto';
import { compareUtf8 } from '../../util/bytes.ts';
import { compareVersions } from '../package/version.ts';
import type { Lock, LockedClosure, LockedPackage } from './lock.ts';

/** A repository to choose packages from. */
export interface RepositoryRef {
  /** Path of the index in the mirror: `v3.20/main/x86_64`. */
  readonly path: string;
  readonly tag?: string;
}

/** What determines the chosen packages, in addition to the indexes. */
export interface Wishes {
  /** As in /etc/apk/world, sorted. */
  readonly world: readonly string[];
  /** Packages of the world that are installed without running their scripts. */
  readonly noScripts: readonly string[];
  readonly repositories: readonly RepositoryRef[];
  /** Packages of the world that go into the base of the image, with their dependencies; default none. */
  readonly shared?: readonly string[];
  /** Only the named packages, without their dependencies. */
  readonly alone?: boolean;
}

/** A package of a closure. */
export interface ClosurePackage extends LockedPackage {
  /** Path of the index that lists it. */
  readonly index: string;
  readonly name: string;
  /** Whether its scripts run. */
  readonly scripts: boolean;
  /** It is part of the base; default false. */
  readonly base?: true;
}

type Tables = Pick<Lock, 'closures' | 'packages'>;

/** The key of the result of these wishes in a lock; `place` is `3.20/x86_64`. */
export function closureKey(
  place: string,
  { world, noScripts, repositories, shared = [], alone = false }: Wishes,
): string {
  const refs = repositories.map(({ path, tag }) => [path, tag ?? '']);
  const digest = createHash('sha256').update(
    JSON.stringify([world, noScripts, refs, alone, ...(shared.length === 0 ? [] : [shared])]),
  );
  return `${place}/${digest.digest('hex').slice(0, 16)}`;
}

/** Sorted by name; undefined if the closure or one of its packages is not in the lock, or a name is there twice, as after a merge. */
export function closurePackages(lock: Tables, key: string): readonly ClosurePackage[] | undefined {
  const closure = Object.hasOwn(lock.closures, key) ? lock.closures[key] : undefined;
  if (closure === undefined) return undefined;
  const noScripts = new Set(closure.noScripts);
  const base = new Set(closure.base);
  const packages: ClosurePackage[] = [];
  for (const [index, names] of Object.entries(closure.packages)) {
    const table = Object.hasOwn(lock.packages, index) ? lock.packages[index] : undefined;
    for (const each of names) {
      const entry = table !== undefined && Object.hasOwn(table, each) ? table[each] : undefined;
      if (entry === undefined) return undefined;
      const [name = ''] = each.split('=');
      const part = base.has(name) ? { base: true as const } : {};
      packages.push({ ...entry, index, name, scripts: !noScripts.has(name), ...part });
    }
  }
  // Two versions of one package cannot be installed together.
  if (new Set(packages.map(({ name }) => name)).size < packages.length) return undefined;
  return packages.sort((a, b) => compareUtf8(a.name, b.name));
}

/**
 * The lock with newly resolved closures, which are added to the existing ones or replace them. Packages that no closure names are removed.
 */
export function withClosures<T extends Tables>(
  lock: T,
  solved: ReadonlyMap<string, readonly ClosurePackage[]>,
  how: 'add' | 'replace',
): T {
  const all = new Map(how === 'replace' ? [] : knownClosures(lock));
  const builds = new Map([...solved.values()].flat().map(entry => [buildOf(entry), entry.checksum]));
  for (const [key, packages] of all) {
    // A rebuilt version has the same file name, so closures with the old build cannot be installed any more.
    const isGone = ({ checksum }: ClosurePackage, known: string | undefined) =>
      known !== undefined && known !== checksum;
    if (packages.some(entry => isGone(entry, builds.get(buildOf(entry))))) all.delete(key);
  }
  for (const [key, packages] of solved) all.set(key, packages);
  const newest = newestVersions(all.values());
  const packages: Record<string, Record<string, LockedPackage>> = {};
  const closures: Record<string, LockedClosure> = {};
  for (const [key, entries] of all) {
    const names: Record<string, string[]> = {};
    for (const entry of entries) {
      const { index, name, version, checksum, size, origin, license } = entry;
      const known = newest.get(placeOf(entry)) === version ? name : `${name}=${version}`;
      const [table, list] = [packages[index] ?? {}, names[index] ?? []];
      table[known] = { version, checksum, size, origin, license };
      list.push(known);
      packages[index] = table;
      names[index] = list;
    }
    for (const list of Object.values(names)) list.sort(compareUtf8);
    const namesOf = (some: (entry: ClosurePackage) => boolean): readonly string[] =>
      entries.flatMap(entry => (some(entry) ? [entry.name] : [])).sort(compareUtf8);
    const noScripts = namesOf(({ scripts }) => !scripts);
    const base = namesOf(entry => entry.base === true);
    closures[key] = {
      packages: names,
      ...(noScripts.length === 0 ? {} : { noScripts }),
      ...(base.length === 0 ? {} : { base }),
    };
  }
  return { ...lock, packages, closures };
}

function knownClosures(lock: Tables): readonly (readonly [string, readonly ClosurePackage[]])[] {
  return Object.keys(lock.closures).flatMap(key => {
    const packages = closurePackages(lock, key);
    return packages === undefined ? [] : [[key, packages] as const];
  });
}

/** For each name in each index, the newest version in a closure. */
function newestVersions(closures: Iterable<readonly ClosurePackage[]>): ReadonlyMap<string, string> {
  const newest = new Map<string, string>();
  for (const entries of closures) {
    for (const entry of entries) {
      const known = newest.get(placeOf(entry));
      if (known === undefined || (compareVersions(entry.version, known) || compareUtf8(entry.version, known)) > 0)
        newest.set(placeOf(entry), entry.version);
    }
  }
  return newest;
}

function buildOf(entry: ClosurePackage): string {
  return `${placeOf(entry)}-${entry.version}`;
}

function placeOf({ index, name }: ClosurePackage): string {
  return `${index}/${name}`;
}
