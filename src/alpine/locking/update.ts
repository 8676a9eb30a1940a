/**
 * Writes a new lock from what a mirror serves today: the one place, with the first build, where the mirror's moving parts and the date are
 * looked at. Every index's signature is checked before its digest is locked.
 */
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Mirror } from '../mirror/mirror.ts';
import type { TrustRoot } from '../package/keys.ts';
import { findReleaseKey } from './find-release-key.ts';
import { type FoundReleases, findReleases } from './find-releases.ts';
import type { Lock, LockedRelease } from './lock.ts';
import { lockIndexes, type WantedIndexes, withIndexes } from './lock-indexes.ts';
import { type LockedIsos, lockIsos } from './lock-iso.ts';
import { type Branch, latestRelease, type Release } from './releases.ts';

export interface UpdateOptions {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  /** Where the list of releases is; undefined to look for it. */
  readonly releases?: string | undefined;
  /** Where Alpine keeps that list; undefined where nobody is to ask there. */
  readonly site?: Mirror | undefined;
  /** A file with the key that ISOs are signed with; undefined to look for it. */
  readonly releaseKey?: string | undefined;
  /** The lock so far. */
  readonly known?: Lock | undefined;
  /** Versions that the configuration speaks of. */
  readonly versions: readonly string[];
  readonly architectures: readonly string[];
  /** YYYY-MM-DD. A version whose end of life lies before it is left out. */
  readonly today: string;
  /** The indexes that builds of these releases will read, whatever the mirror serves of them. */
  readonly wantedIndexes: (lock: Pick<Lock, 'builder' | 'releases'>) => Result<readonly WantedIndexes[]>;
  readonly signal: AbortSignal;
  readonly onNotice?: (line: string) => void;
}

/** The branch that moves: no releases, no end of life, never the builder. */
const EDGE = 'edge';

export async function updateLock(options: UpdateOptions): Promise<Result<Lock>> {
  const { mirror, root, signal, onNotice = () => {}, known } = options;
  const { releases: named, site, versions } = options;
  const found = await findReleases({ mirror, named, site, known, versions, signal, onNotice });
  if (!found.ok) return found;
  for (const line of found.value.releases.passedOver) onNotice(`${found.value.where}: passed over, since ${line}`);
  const alive = lockReleases(found.value.releases.branches, options);
  const builder = Object.keys(alive).find(version => version !== EDGE);
  if (builder === undefined) return fail(nothingServed(options, found.value));
  const serves = (version: string, arch: string): boolean =>
    found.value.releases.branches.some(branch => branch.name === version && branch.architectures.includes(arch));

  const isos = await builderIsos(options, builder, found.value, serves);
  if (!isos.ok) return isos;
  const { iso, release, releaseKey } = isos.value;
  const releases = { ...alive, [builder]: { ...withRelease(release), endOfLife: alive[builder]?.endOfLife ?? '' } };

  const wanted = options.wantedIndexes({ builder, releases });
  if (!wanted.ok) return wanted;
  const sets = wanted.value.filter(({ version, arch }) => iso[arch] !== undefined && serves(version, arch));
  const indexes = await lockIndexes(sets, { mirror, root, builder, signal });
  if (!indexes.ok) return indexes;
  return ok({
    format: 1,
    root: root.name,
    updated: options.today,
    builder,
    releases: withIndexes(releases, wanted.value, indexes.value),
    iso,
    indexes: indexes.value,
    packages: {},
    // A key that comes with aib need not be kept.
    ...(root.releaseSigner.armored === undefined ? { releaseKey } : {}),
  });
}

/** Newest first, edge before all: the first stable one is the builder. */
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

/** Of each architecture that the builder's branch and the mirror both have; of at least one. */
async function builderIsos(
  { mirror, root, architectures, signal, releaseKey: named, known, onNotice = () => {} }: UpdateOptions,
  builder: string,
  { releases, where }: FoundReleases,
  serves: (version: string, arch: string) => boolean,
): Promise<Result<LockedIsos & { readonly releaseKey: string }>> {
  const served = architectures.filter(arch => serves(builder, arch));
  if (served.length === 0) {
    return fail({
      code: 'AIB_NO_RELEASE',
      what: `The mirror serves ${builder} for no architecture that the configuration speaks of`,
      where,
      got: `configured are ${architectures.join(', ')}`,
      hint: 'add an architecture to the configuration, or use another mirror with --mirror',
    });
  }
  const key = await findReleaseKey({ root, named, known, signal, onNotice });
  if (!key.ok) return key;
  const isos = await lockIsos({
    mirror,
    releaseKey: key.value,
    version: builder,
    releases: releases.branches.find(({ name }) => name === builder)?.releases ?? [],
    architectures: served,
    signal,
    onNotice,
  });
  return isos.ok ? ok({ ...isos.value, releaseKey: key.value.armored }) : isos;
}

function nothingServed(options: UpdateOptions, { releases, where }: FoundReleases): Failure {
  return {
    code: 'AIB_NO_RELEASE',
    what: 'The mirror serves no version that the configuration speaks of and that is alive',
    where,
    got: `${releases.branches.map(branch => branch.name).join(', ')}; configured are ${options.versions.join(', ')}`,
    hint: 'add a version to the configuration, or use another mirror with --mirror',
  };
}
