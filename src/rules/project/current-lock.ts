/**
 * The lock that a project uses: the file, or a new lock from what the mirror serves now. Reads the mirror and the clock only if there is no
 * lock yet, or for an update. Never writes anything.
 */

import type { RepositoryRef } from '../../alpine/locking/closures.ts';
import { alpineSite } from '../../alpine/locking/find-releases.ts';
import { type Lock, readLock } from '../../alpine/locking/lock.ts';
import type { WantedIndexes } from '../../alpine/locking/lock-indexes.ts';
import type { WantedKeys } from '../../alpine/locking/lock-keys.ts';
import { updateLock } from '../../alpine/locking/update.ts';
import { isForeign } from '../../alpine/mirror/foreign-address.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { findSecdbs, repositoryOf } from '../../alpine/security/fetch-secdb.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { NamedVariant } from '../../config/tree/label.ts';
import type { Dimension } from '../../config/tree/variants.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { builderRepositories, type PackageSet, packageSets } from '../package-set.ts';
import { trustedSources } from '../repository-trust.ts';
import { releasesOfLock, resolveConfigs } from './configuration.ts';

export interface LockRequest {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  readonly dimensions: readonly Dimension[];
  readonly variants: readonly NamedVariant[];
  readonly releases: string | undefined;
  readonly releaseKey?: string | undefined;
  /** Folders with key files; later folders have precedence. */
  readonly keyFolders: readonly string[];
  readonly locked?: boolean | undefined;
  readonly offline?: boolean | undefined;
  /** Whether to replace the lock with what the mirror serves now. */
  readonly update: boolean;
  readonly today: () => string;
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export interface CurrentLock {
  readonly lock: Lock;
  /** The content of the file; undefined if there is none. */
  readonly file: Lock | undefined;
  /** The fetched indexes, by the paths of their repositories. */
  readonly fetched: ReadonlyMap<string, Uint8Array>;
}

export async function currentLock(path: string, request: LockRequest): Promise<Result<CurrentLock>> {
  const { root, mirror } = request;
  const existing = readLock(path);
  if (!existing.ok) return existing;
  const file = existing.value;
  if (file !== undefined && file.root !== root.name) {
    return fail({
      code: 'AIB_LOCK_ROOT',
      what: 'The lock was made from a mirror with other keys',
      where: path,
      got: `trust root ${file.root}, the mirror has ${root.name}`,
      hint: 'use the mirror that the lock was made from, or remove the lock',
    });
  }
  if (file !== undefined && !request.update) return ok({ lock: file, file, fetched: new Map() });
  const flag = request.offline === true ? '--offline' : request.locked === true ? '--locked' : undefined;
  if (flag !== undefined) return fail(mayNotLock(path, flag, request.update));
  request.onNotice(`${file === undefined ? 'creating the lock' : 'updating the lock'} from ${mirror.spec}`);
  const keysOf = (name: string): readonly string[] =>
    request.dimensions.find(dimension => dimension.name === name)?.keys ?? [];
  const fetched = new Map<string, Uint8Array>();
  const setsOf = (found: Pick<Lock, 'builder' | 'releases'>): Sets => {
    const releases = releasesOfLock({ ...found, root: root.name, updated: request.today() });
    const configs = resolveConfigs(request.variants, releases);
    return configs.ok ? packageSets(configs.value) : configs;
  };
  const lock = await updateLock({
    mirror,
    root,
    releases: request.releases,
    site: root.name === 'alpine' ? alpineSite() : undefined,
    releaseKey: request.releaseKey,
    known: file,
    onNotice: request.onNotice,
    onIndex: (index, content) => fetched.set(index, content),
    versions: keysOf('version'),
    architectures: keysOf('arch'),
    today: request.today(),
    wantedIndexes: found => wantedIndexes(setsOf(found), found.builder),
    wantedKeys: found => wantedKeys(setsOf(found)),
    keyFolders: request.keyFolders,
    signal: request.signal,
  });
  if (!lock.ok) return lock;
  // A first build does not use security databases.
  if (!request.update) return ok({ lock: lock.value, file, fetched });
  const secdbs = await findSecdbs(
    mirror,
    new Set([...fetched.keys()].filter(path => !isForeign(path)).map(repositoryOf)),
    request.signal,
  );
  if (!secdbs.ok) return secdbs;
  const { digests, missing } = secdbs.value;
  for (const [repository, why] of missing)
    request.onNotice(
      `${repository}: no new security database (${why}); ${file?.secdb?.[repository] === undefined ? 'none is locked' : 'keeping the previous one'}`,
    );
  const known = Object.entries(file?.secdb ?? {}).filter(([repository]) => missing.has(repository));
  const secdb = { ...Object.fromEntries(known), ...digests };
  return ok({ lock: { ...lock.value, ...(Object.keys(secdb).length === 0 ? {} : { secdb }) }, file, fetched });
}

function mayNotLock(path: string, flag: string, update: boolean): Failure {
  return update
    ? {
        code: 'AIB_USAGE',
        what: `An update reads the mirror and writes the lock, but ${flag} was given`,
        where: path,
        hint: `leave out ${flag}`,
      }
    : {
        code: 'AIB_NOT_LOCKED',
        what: `There is no lock, and ${flag} was given`,
        where: path,
        hint: 'run aib update, and keep the lock file with the configuration',
      };
}

type Sets = Result<ReadonlyMap<ImageConfig, PackageSet>>;

function wantedKeys(found: Sets): Result<WantedKeys> {
  return found.ok ? trustedSources([...found.value.values()]) : found;
}

function wantedIndexes(found: Sets, builder: string): Result<readonly WantedIndexes[]> {
  if (!found.ok) return found;
  const sets = new Map<string, { version: string; arch: string; paths: Set<string> }>();
  const want = (version: string, arch: string, refs: readonly RepositoryRef[]): void => {
    const set = sets.get(`${version} ${arch}`) ?? { version, arch, paths: new Set() };
    sets.set(`${version} ${arch}`, set);
    for (const { path } of refs) set.paths.add(path);
  };
  for (const [{ version, arch }, { repositories }] of found.value) {
    want(version, arch, repositories);
    want(builder, arch, builderRepositories(builder, arch));
  }
  return ok([...sets.values()].map(({ version, arch, paths }) => ({ version, arch, paths: [...paths].sort() })));
}
