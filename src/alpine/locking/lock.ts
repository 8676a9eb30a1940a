/**
 * The lock file: exactly which releases, ISO, indexes and packages builds use until `aib update`. Everything that would otherwise follow from
 * today's date is settled here. A lock belongs to one trust root; what comes from another never mixes in.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Digest } from '../../store/content/digest.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { checkLock, faultInLock, findDouble } from './lock-text.ts';

/** The branch that moves: no releases, no ISO, no end of life, never the builder. */
export const EDGE = 'edge';

const FORMAT = 2;

export interface Lock {
  readonly format: typeof FORMAT;
  /** Name of the trust root: `alpine`, `sample`. */
  readonly root: string;
  /** The day of the last update, YYYY-MM-DD. */
  readonly updated: string;
  /** The latest stable version: what a label without one means, and where the tools that lay out every disk come from. */
  readonly builder: string;
  /** By version. */
  readonly releases: Readonly<Record<string, LockedRelease>>;
  /** By version and architecture, `3.20/x86_64` (see isoKey); those that the mirror does not serve are missing. */
  readonly iso: Readonly<Record<string, LockedIso>>;
  /** By path in the mirror: `v3.20/main/x86_64`. */
  readonly indexes: Readonly<Record<string, Digest>>;
  /** By the path of the index that lists it, then by name; filled by the builds that use them. */
  readonly packages: Readonly<Record<string, Readonly<Record<string, LockedPackage>>>>;
  /**
   * Whom the signatures of ISOs are checked against, as text. Kept here, so that a checkout builds without asking anybody for it; it counts
   * only if it has the fingerprint of the trust root.
   */
  readonly releaseKey?: string;
}

export interface LockedRelease {
  /** 3.20.3; edge has no releases, its is the day of the update: 20241231. */
  readonly release: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** YYYY-MM-DD, or empty: edge never ends. */
  readonly endOfLife: string;
  /** The page that announces the release. */
  readonly notes?: string;
}

export interface LockedIso {
  /** In the mirror. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly sha512: string;
  /** OpenPGP, detached, as text. Locks of before there were signatures have none, and build nothing until they are updated. */
  readonly signature?: string;
}

export interface LockedPackage {
  readonly version: string;
  /** apk's own: Q1 and the base64 SHA-1 of the control segment. */
  readonly checksum: string;
  /** SHA-256 of the data segment. */
  readonly dataHash: string;
}

/**
 * The version whose ISO installs trees of another: its own. The apk of another release may write a database that the tree's own apk cannot
 * read. Edge has no ISO.
 */
export function installerOf({ builder }: Pick<Lock, 'builder'>, version: string): string {
  return version === EDGE ? builder : version;
}

/** In `iso` of a lock. */
export function isoKey(version: string, arch: string): string {
  return `${version}/${arch}`;
}

/** undefined if there is none yet. */
export function readLock(path: string): Result<Lock | undefined> {
  if (!existsSync(path)) return ok(undefined);
  const text = readFileSync(path, 'utf8');
  try {
    const lock = JSON.parse(text) as Lock;
    const fault = faultOfFormat(lock) ?? doubledIn(text, lock);
    if (fault !== undefined) return fail(unreadable(path, fault));
    checkLock(lock);
    return ok(lock);
  } catch (error) {
    const fault = faultInLock(text, error);
    if (fault === undefined) throw error;
    return fail(unreadable(path, fault));
  }
}

function faultOfFormat(lock: Partial<Record<keyof Lock, unknown>> | null): string | undefined {
  const format = lock?.format;
  if (format === FORMAT) return undefined;
  if (typeof format !== 'number') return 'not a lock';
  return `a lock of format ${format}, from ${format < FORMAT ? 'an older' : 'a newer'} aib (this one reads ${FORMAT})`;
}

function doubledIn(text: string, lock: Lock): string | undefined {
  const line = findDouble(text, lock);
  return line === undefined
    ? undefined
    : `line ${line}: it is said a second time, as after a merge that kept both sides`;
}

function unreadable(path: string, got: string): Failure {
  return {
    code: 'AIB_LOCK',
    what: 'The lock file cannot be read',
    where: path,
    got,
    hint: 'restore it from version control, or remove it and run aib update',
  };
}

/** Sorted, so that a change shows as a small difference; replaced in one step. */
export function writeLock(path: string, lock: Lock): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(lock, sortedKeys, 2)}\n`);
  renameSync(temporary, path);
}

/** The lock with the packages that a build used; the same object if it knew them all. */
export function withPackages(lock: Lock, used: Lock['packages']): Lock {
  const packages: Record<string, Record<string, LockedPackage>> = {};
  let isNew = false;
  for (const [index, names] of Object.entries(lock.packages)) packages[index] = { ...names };
  for (const [index, names] of Object.entries(used)) {
    const known = packages[index] ?? {};
    packages[index] = known;
    for (const [name, entry] of Object.entries(names)) {
      const before = known[name];
      if (before?.checksum === entry.checksum && before.dataHash === entry.dataHash) continue;
      known[name] = entry;
      isNew = true;
    }
  }
  return isNew ? { ...lock, packages } : lock;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareUtf8(a, b)));
}
