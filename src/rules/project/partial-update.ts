/** Updates a part of a lock: some versions, or some packages. Everything else stays unchanged, including dates. */
import { type ClosurePackage, closurePackages } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import { isoKey } from '../../alpine/locking/lock.ts';

/** The old lock with some versions from the fresh lock, and without the closures that must be resolved again. */
export function lockForVersions(old: Lock, fresh: Lock, versions: readonly string[]): Lock {
  const isOwn = (version: string): boolean => versions.includes(version);
  const ofIndex = (path: string): boolean => isOwn(versionOfIndex(path));
  const ofIso = (key: string): boolean => versions.some(version => key.startsWith(isoKey(version, '')));
  const ofClosure = (key: string): boolean => isOwn(key.slice(0, key.indexOf('/')));
  return {
    ...old,
    releases: mixed(old.releases, fresh.releases, isOwn),
    iso: mixed(old.iso, fresh.iso, ofIso),
    indexes: mixed(old.indexes, fresh.indexes, ofIndex),
    ...(fresh.secdb === undefined ? {} : { secdb: mixed(old.secdb ?? {}, fresh.secdb, ofIndex) }),
    closures: mixed(old.closures, {}, ofClosure),
  };
}

/** `v3.20/main/x86_64` → `3.20` */
function versionOfIndex(path: string): string {
  return (path.split('/')[0] ?? '').replace(/^v(?=\d)/, '');
}

function mixed<T>(
  old: Readonly<Record<string, T>>,
  fresh: Readonly<Record<string, T>>,
  isFresh: (key: string) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries([
    ...Object.entries(old).filter(([key]) => !isFresh(key)),
    ...Object.entries(fresh).filter(([key]) => isFresh(key)),
  ]);
}

/** The packages to update, and the closures that contain them. */
export interface Moving {
  /** The old lock with fresh indexes, without the affected closures. */
  readonly lock: Lock;
  /** The packages of each affected closure that must not change, by its key. */
  readonly pins: ReadonlyMap<string, readonly ClosurePackage[]>;
}

/** `words` are names of packages or of source packages: packages from one source are updated together. */
export function lockForPackages(old: Lock, fresh: Lock, words: readonly string[]): Moving {
  const all = Object.keys(old.closures).flatMap(key => {
    const packages = closurePackages(old, key);
    return packages === undefined ? [] : [[key, packages] as const];
  });
  const origins = new Set(
    all.flatMap(([, packages]) =>
      packages.filter(({ name, origin }) => words.includes(name) || words.includes(origin)).map(({ origin }) => origin),
    ),
  );
  const affected = all.filter(([, packages]) => packages.some(({ origin }) => origins.has(origin)));
  const pins = affected.map(([key, packages]) => [key, packages.filter(({ origin }) => !origins.has(origin))] as const);
  const closures = new Set(affected.map(([key]) => key));
  const paths = new Set(affected.flatMap(([, packages]) => packages.map(({ index }) => index)));
  // With the other indexes of the same place: they were used in the resolution, too.
  const places = new Set([...closures].map(key => key.slice(0, key.lastIndexOf('/'))));
  const isFresh = (path: string): boolean => {
    const place = isoKey(versionOfIndex(path), path.split('/').at(-1) ?? '');
    return fresh.indexes[path] !== undefined && (paths.has(path) || places.has(place));
  };
  return {
    lock: {
      ...old,
      indexes: mixed(old.indexes, fresh.indexes, isFresh),
      closures: mixed(old.closures, {}, key => closures.has(key)),
    },
    pins: new Map(pins),
  };
}

/** All names in a lock, of packages and of source packages. */
export function lockedNames(lock: Lock): ReadonlySet<string> {
  const entries = Object.values(lock.packages).flatMap(table => Object.entries(table));
  return new Set(entries.flatMap(([name, { origin }]) => [name.split('=')[0] ?? '', origin]));
}
