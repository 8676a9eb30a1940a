/**
 * Creates a new lock from what a mirror serves now. Only an update and the first build read the date and the changing files of a mirror.
 * The signature of every index is checked before its digest is locked.
 */
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { standsStill } from '../package/index-age.ts';
import type { TrustRoot } from '../package/keys.ts';
import type { Keys } from '../package/keys-of-repository.ts';
import type { ReleaseKey } from '../package/release-key.ts';
import type { RepositoryKey } from '../package/repository-key.ts';
import { findReleaseKey } from './find-release-key.ts';
import { type FoundReleases, findReleases } from './find-releases.ts';
import { EDGE, installerOf, isoKey, type Lock, type LockedIso, type LockedRelease } from './lock.ts';
import { lockIndexes, type WantedIndexes, withIndexes } from './lock-indexes.ts';
import { lockIsos } from './lock-iso.ts';
import { lockRepositoryKeys, type WantedKeys } from './lock-keys.ts';
import { type Branch, latestRelease, type Release } from './releases.ts';

export interface UpdateOptions {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  /** The file or URL of the list of releases; undefined to search for it. */
  readonly releases?: string | undefined;
  /** Alpine's own site of that list; undefined if it must not be used. */
  readonly site?: Mirror | undefined;
  /** A file with the key that signs the ISOs; undefined to search for it. */
  readonly releaseKey?: string | undefined;
  /** The current lock. */
  readonly known?: Lock | undefined;
  /** The configured versions. */
  readonly versions: readonly string[];
  readonly architectures: readonly string[];
  /** YYYY-MM-DD. Versions with an earlier end of life are left out. */
  readonly today: string;
  /** The indexes that builds of these releases read, whether the mirror serves them or not. */
  readonly wantedIndexes: (lock: Pick<Lock, 'builder' | 'releases'>) => Result<readonly WantedIndexes[]>;
  /** The keys that are trusted for foreign repositories; default none. */
  readonly wantedKeys?: (lock: Pick<Lock, 'builder' | 'releases'>) => Result<WantedKeys>;
  /** Folders with key files; later folders have precedence; default none. */
  readonly keyFolders?: readonly string[];
  /** Called for each locked index, with its bytes. */
  readonly onIndex?: (path: string, content: Uint8Array) => void;
  readonly signal: AbortSignal;
  readonly onNotice?: (line: string) => void;
}

export async function updateLock(options: UpdateOptions): Promise<Result<Lock>> {
  const { mirror, root, signal, onNotice = () => {}, known } = options;
  const { releases: named, site, versions } = options;
  const found = await findReleases({ mirror, named, site, known, versions, signal, onNotice });
  if (!found.ok) return found;
  for (const line of found.value.releases.passedOver) onNotice(`${found.value.where}: skipped a branch: ${line}`);
  const alive = lockReleases(found.value.releases.branches, options);
  const builder = Object.keys(alive).find(version => version !== EDGE);
  if (builder === undefined) return fail(nothingServed(options, found.value));
  const serves = (version: string, arch: string): boolean =>
    found.value.releases.branches.some(branch => branch.name === version && branch.architectures.includes(arch));

  const isos = await allIsos(options, alive, found.value, serves);
  if (!isos.ok) return isos;
  const { iso, releases, releaseKey } = isos.value;

  const wanted = options.wantedIndexes({ builder, releases });
  if (!wanted.ok) return wanted;
  const wishes = options.wantedKeys?.({ builder, releases }) ?? ok({ sources: [], trusted: new Map() });
  if (!wishes.ok) return wishes;
  const { keyFolders: folders = [] } = options;
  const keys = await lockRepositoryKeys(wishes.value.sources, { root, known, folders, signal, onNotice });
  if (!keys.ok) return keys;
  const foreignKeys = new Map([...wishes.value.trusted].map(([path, from]) => [path, namedKeys(from, keys.value)]));
  const hasIso = (version: string, arch: string): boolean => iso[isoKey(version, arch)] !== undefined;
  const sets = wanted.value.filter(
    ({ version, arch }) =>
      serves(version, arch) && hasIso(installerOf({ builder }, version), arch) && hasIso(builder, arch),
  );
  const before = { foreignKeys, lockedBefore: known?.indexes };
  const indexes = await lockIndexes(sets, { mirror, root, ...before, builder, onIndex: options.onIndex, signal });
  if (!indexes.ok) return indexes;
  for (const [path, age] of Object.entries(indexes.value)) {
    // The packages of a sample are as old as the sample.
    const still = root.name === 'sample' ? undefined : standsStill(path, age, options.today);
    if (still !== undefined) onNotice(still);
  }
  return ok({
    format: 3,
    root: root.name,
    updated: options.today,
    builder,
    releases: withIndexes(releases, wanted.value, indexes.value),
    iso,
    indexes: indexes.value,
    packages: {},
    closures: {},
    // A key that comes with aib does not have to be in the lock.
    ...(root.releaseSigner.armored === undefined ? { releaseKey } : {}),
    ...(keys.value.size === 0 ? {} : { repositoryKeys: pemBySource(keys.value) }),
  });
}

/** As in /etc/apk/keys. */
function namedKeys(sources: readonly string[], keys: ReadonlyMap<string, RepositoryKey>): Keys {
  return new Map(sources.flatMap(source => keys.get(source) ?? []).map(({ name, pem }) => [name, pem]));
}

function pemBySource(keys: ReadonlyMap<string, RepositoryKey>): Lock['repositoryKeys'] & object {
  return Object.fromEntries([...keys].map(([source, { pem }]) => [source, pem]));
}

/** Newest first, edge before all others: the first stable version is the builder. */
function lockReleases(branches: readonly Branch[], options: UpdateOptions): Record<string, LockedRelease> {
  const locked: Record<string, LockedRelease> = {};
  for (const branch of branches) {
    if (!options.versions.includes(branch.name)) continue;
    if (branch.name === EDGE) {
      locked[EDGE] = { release: options.today.replaceAll('-', ''), date: options.today, endOfLife: '' };
      continue;
    }
    const release = latestRelease(branch);
    if (release === undefined || branch.endOfLife === undefined || branch.endOfLife < options.today) continue;
    locked[branch.name] = { ...withRelease(release), endOfLife: branch.endOfLife };
  }
  return locked;
}

function withRelease({ version, date, notes }: Release): Omit<LockedRelease, 'endOfLife'> {
  return { release: version, date, ...(notes === undefined ? {} : { notes }) };
}

interface AllIsos {
  readonly iso: Readonly<Record<string, LockedIso>>;
  /** For each version the newest complete release. */
  readonly releases: Lock['releases'];
  readonly releaseKey: string;
}

/** For each stable version and architecture with an ISO on the mirror; the newest version must have one for at least one architecture. */
async function allIsos(
  { mirror, root, architectures, signal, releaseKey: named, known, onNotice = () => {} }: UpdateOptions,
  alive: Lock['releases'],
  { releases: list, where }: FoundReleases,
  serves: (version: string, arch: string) => boolean,
): Promise<Result<AllIsos>> {
  const iso: Record<string, LockedIso> = {};
  const releases: Record<string, LockedRelease> = { ...alive };
  const stable = Object.entries(alive).filter(([version]) => version !== EDGE);
  let key: ReleaseKey | undefined;
  for (const [index, [version, { endOfLife }]] of stable.entries()) {
    const isBuilder = index === 0;
    const served = architectures.filter(arch => serves(version, arch));
    if (served.length === 0) {
      if (isBuilder) return fail(noArchitecture(version, architectures, where));
      continue;
    }
    if (key === undefined) {
      const found = await findReleaseKey({ root, named, known, signal, onNotice });
      if (!found.ok) return found;
      key = found.value;
    }
    const locked = await lockIsos({
      mirror,
      releaseKey: key,
      version,
      releases: list.branches.find(({ name }) => name === version)?.releases ?? [],
      architectures: served,
      signal,
      onNotice,
    });
    if (locked.ok) {
      for (const [arch, one] of Object.entries(locked.value.iso)) iso[isoKey(version, arch)] = one;
      releases[version] = { ...withRelease(locked.value.release), endOfLife };
    } else if (isBuilder || locked.error.code !== 'AIB_MIRROR_NOT_FOUND') {
      return locked;
    }
  }
  return ok({ iso, releases, releaseKey: key?.armored ?? '' });
}

function noArchitecture(version: string, architectures: readonly string[], where: string): Failure {
  return {
    code: 'AIB_NO_RELEASE',
    what: `The mirror serves ${version} for none of the configured architectures`,
    where,
    got: `configured: ${architectures.join(', ')}`,
    hint: 'add an architecture to the configuration, or use another mirror with --mirror',
  };
}

function nothingServed(options: UpdateOptions, { releases, where }: FoundReleases): Failure {
  return {
    code: 'AIB_NO_RELEASE',
    what: 'The mirror serves no configured version that is still supported',
    where,
    got: `${releases.branches.map(branch => branch.name).join(', ')}; configured: ${options.versions.join(', ')}`,
    hint: 'add a version to the configuration, or use another mirror with --mirror',
  };
}
