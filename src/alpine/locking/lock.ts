/**
 * The lock file: the exact releases, ISOs, indexes and packages that builds use until `aib update`. It also fixes everything that depends
 * on the current date. A lock belongs to one trust root, and never contains anything from another.
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
/** Without closures, and only with packages that builds had used. */
const OLDEST = 2;

export interface Lock {
  readonly format: typeof FORMAT;
  /** Name of the trust root: `alpine`, `sample`. */
  readonly root: string;
  /** The day of the last update, YYYY-MM-DD. */
  readonly updated: string;
  /** The latest stable version: labels without a version mean it, and the tools that lay out every disk come from it. */
  readonly builder: string;
  /** By version. */
  readonly releases: Readonly<Record<string, LockedRelease>>;
  /** By version and architecture, `3.20/x86_64` (see isoKey); without those that the mirror does not serve. */
  readonly iso: Readonly<Record<string, LockedIso>>;
  /** By path on the mirror, `v3.20/main/x86_64`; for a foreign repository by its whole address (see mirror/foreign-address.ts). */
  readonly indexes: Readonly<Record<string, LockedIndex>>;
  /** Security databases as of the update, by repository: `v3.20/main`. Omitted if there are none. */
  readonly secdb?: Readonly<Record<string, Digest>>;
  /** The packages of all closures, by the path of their index; then by name, or by `name=version` if two versions are in use. */
  readonly packages: Readonly<Record<string, Readonly<Record<string, LockedPackage>>>>;
  /** The results of resolving sets of packages, by `3.20/x86_64/` and a digest of the set (see closures.ts). */
  readonly closures: Readonly<Record<string, LockedClosure>>;
  /**
   * The key that the signatures of ISOs are checked against, as text. It is here so that a checkout builds without fetching it; it is valid
   * only with the fingerprint of the trust root.
   */
  readonly releaseKey?: string;
  /** Keys of foreign repositories as PEM, by source: a URL or a file, as in repo_keys. Omitted if there are none. */
  readonly repositoryKeys?: Readonly<Record<string, string>>;
}

export interface LockedRelease {
  /** 3.20.3; edge has no releases, so for edge it is the day of the update: 20241231. */
  readonly release: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** YYYY-MM-DD, or empty: edge never ends. */
  readonly endOfLife: string;
  /** The page that announces the release. */
  readonly notes?: string;
}

export interface LockedIso {
  /** On the mirror. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly sha512: string;
  /** OpenPGP, detached, as text. Old locks have none, and build nothing until they are updated. */
  readonly signature?: string;
}

/** The age is in the lock so that an older index is detected even if this one no longer exists. */
interface LockedIndex extends Digest, IndexAge {}

export interface LockedPackage {
  readonly version: string;
  /** apk's own format: Q1 and the base64 SHA-1 of the control segment, which contains the SHA-256 of the data. */
  readonly checksum: string;
  /** Size of the file; 0 if the index does not have it. */
  readonly size: number;
  /** The source package that it was built from. */
  readonly origin: string;
  readonly license: string;
}

export interface LockedClosure {
  /** By the path of the index: sorted names in its table. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** Names of packages that are installed without their scripts; omitted if there are none. */
  readonly noScripts?: readonly string[];
  /** Names of packages that go into the base of the image; omitted if there are none. */
  readonly base?: readonly string[];
}

/**
 * The version of the ISO that installs trees of `version`: the same, because the apk of another release may write a database that the
 * tree's own apk cannot read. Edge has no ISO and uses that of the builder.
 */
export function installerOf({ builder }: Pick<Lock, 'builder'>, version: string): string {
  return version === EDGE ? builder : version;
}

/** The key in `iso` of a lock. */
export function isoKey(version: string, arch: string): string {
  return `${version}/${arch}`;
}

/** undefined if there is none yet. A lock in an older format is converted; the next update writes it in this one. */
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
  if (typeof format !== 'number') return 'not a lock file';
  if (format >= OLDEST && format <= FORMAT) return undefined;
  return `lock format ${format}, written by ${format < OLDEST ? 'an older' : 'a newer'} aib (this aib reads formats ${OLDEST} and ${FORMAT})`;
}

function doubledIn(text: string, lock: Lock): string | undefined {
  const line = findDouble(text, lock);
  return line === undefined ? undefined : `line ${line}: duplicate entry, as after a merge that kept both sides`;
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

/** Sorted and one entry per line, so that diffs are small and changes of two people merge; replaced in one step. */
export function writeLock(path: string, lock: Lock): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, lockText(lock));
  renameSync(temporary, path);
}

/** The same, if the file still has the content that was read before: two concurrent changes must not mix. */
export function replaceLock(path: string, before: Lock | undefined, lock: Lock): Result<void> {
  return changing(path, () => {
    const now = readLock(path);
    if (!now.ok) return now;
    if (JSON.stringify(now.value, sortedKeys) !== JSON.stringify(before, sortedKeys)) {
      return fail({
        code: 'AIB_LOCK',
        what: 'Another process has changed the lock in the meantime, so it was not written',
        where: path,
        hint: 'run the command again',
      });
    }
    writeLock(path, lock);
    return ok(undefined);
  });
}

/** Writes the first lock, unless another process was faster; returns the lock that is then in the file. */
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
