/**
 * The lock file: exactly which releases, ISO, indexes and packages builds use until `aib update`. Everything that would otherwise follow from
 * today's date is settled here. A lock belongs to one trust root; what comes from another never mixes in.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Digest } from '../../store/content/digest.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import type { Failure } from '../../util/failure.ts';
import { exclusively } from '../../util/files/exclusive.ts';
import { writing } from '../../util/files/writing.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { IndexAge } from '../package/index-age.ts';
import { checkLock, faultInLock, findDouble } from './lock-text.ts';

/** The branch that moves: no releases, no ISO, no end of life, never the builder. */
export const EDGE = 'edge';

const FORMAT = 3;
/** Had no closures, and of packages only what builds had used. */
const OLDEST = 2;

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
  /** By path in the mirror, `v3.20/main/x86_64`; of a foreign repository by its whole address (see mirror/foreign-address.ts). */
  readonly indexes: Readonly<Record<string, LockedIndex>>;
  /** Security databases as they were then, by repository: `v3.20/main`. Left out where there are none. */
  readonly secdb?: Readonly<Record<string, Digest>>;
  /** Those of all closures, by the path of the index that lists them; then by name, or by `name=version` where two versions of one are in use. */
  readonly packages: Readonly<Record<string, Readonly<Record<string, LockedPackage>>>>;
  /** What sets of packages come to, by `3.20/x86_64/` and a digest of the set (see closures.ts). */
  readonly closures: Readonly<Record<string, LockedClosure>>;
  /**
   * Whom the signatures of ISOs are checked against, as text. Kept here, so that a checkout builds without asking anybody for it; it counts
   * only if it has the fingerprint of the trust root.
   */
  readonly releaseKey?: string;
  /** Keys of foreign repositories as PEM, by where they come from: a URL or a file, as in repo_keys. Left out if there are none. */
  readonly repositoryKeys?: Readonly<Record<string, string>>;
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

/** From when it is stands here, so that an older one is noticed although this one may be gone. */
interface LockedIndex extends Digest, IndexAge {}

export interface LockedPackage {
  readonly version: string;
  /** apk's own: Q1 and the base64 SHA-1 of the control segment, which has the SHA-256 of the data. */
  readonly checksum: string;
  /** Of the file. 0 where the index does not say. */
  readonly size: number;
  /** The source package that it was built from. */
  readonly origin: string;
  readonly license: string;
}

export interface LockedClosure {
  /** By the path of the index: names in its table, sorted. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** Names of those that are installed without their scripts; left out if there are none. */
  readonly noScripts?: readonly string[];
  /** Names of those that go into the base of the image; left out if there are none. */
  readonly base?: readonly string[];
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

/** undefined if there is none yet. One of an older format is read as what it says of this one; the next update writes it anew. */
export function readLock(path: string): Result<Lock | undefined> {
  if (!existsSync(path)) return ok(undefined);
  const text = readFileSync(path, 'utf8');
  try {
    const parsed = JSON.parse(text) as Lock;
    const fault = faultOfFormat(parsed) ?? doubledIn(text, parsed);
    if (fault !== undefined) return fail(unreadable(path, fault));
    const lock = parsed.format === FORMAT ? parsed : { ...parsed, format: FORMAT, packages: {}, closures: {} };
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
  if (typeof format !== 'number') return 'not a lock';
  if (format >= OLDEST && format <= FORMAT) return undefined;
  return `a lock of format ${format}, from ${format < OLDEST ? 'an older' : 'a newer'} aib (this one reads ${OLDEST} and ${FORMAT})`;
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

/** Sorted, a line for each thing, so that a change shows as a small difference and two people's merge; replaced in one step. */
export function writeLock(path: string, lock: Lock): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, lockText(lock));
  renameSync(temporary, path);
}

/** The same, if the file still says what it said when it was read: two who change it at a time must not mix. */
export function replaceLock(path: string, before: Lock | undefined, lock: Lock): Result<void> {
  return changing(path, () => {
    const now = readLock(path);
    if (!now.ok) return now;
    if (JSON.stringify(now.value, sortedKeys) !== JSON.stringify(before, sortedKeys)) {
      return fail({
        code: 'AIB_LOCK',
        what: 'The lock was changed by somebody else meanwhile, and is left as it is',
        where: path,
        hint: 'run the command again',
      });
    }
    writeLock(path, lock);
    return ok(undefined);
  });
}

/** Writes the first lock, if it still is the first; gives the one that is there then. */
export function createLock(path: string, lock: Lock): Result<Lock> {
  return changing(path, () => {
    const now = readLock(path);
    if (!now.ok || now.value !== undefined) return now.ok ? ok(now.value ?? lock) : now;
    writeLock(path, lock);
    return ok(lock);
  });
}

function changing<T>(path: string, change: () => Result<T>): Result<T> {
  return writing(path, 'The lock cannot be written', () => exclusively(path, change));
}

export function lockText(lock: Lock): string {
  return `${JSON.stringify(lock, sortedKeys, 2)}\n`;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareUtf8(a, b)));
}
