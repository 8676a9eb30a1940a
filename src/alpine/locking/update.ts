/**
 * Writes a new lock from what a mirror serves today: the one place, with the first build, where the mirror's moving parts and the date are
 * looked at. Every index's signature is checked before its digest is locked.
 */
import { basename } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { isoPath, latestReleasesPath } from '../mirror/mirror-layout.ts';
import type { TrustRoot } from '../package/keys.ts';
import type { Lock, LockedIso, LockedRelease } from './lock.ts';
import { lockIndexes, type WantedIndexes, withIndexes } from './lock-indexes.ts';
import { latestRelease, parseReleases, type Releases } from './releases.ts';

export interface UpdateOptions {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  /** Versions that the configuration speaks of. */
  readonly versions: readonly string[];
  readonly architectures: readonly string[];
  /** YYYY-MM-DD. A version whose end of life lies before it is left out. */
  readonly today: string;
  /** The indexes that builds of these releases will read, whatever the mirror serves of them. */
  readonly wantedIndexes: (lock: Pick<Lock, 'builder' | 'releases'>) => Result<readonly WantedIndexes[]>;
  readonly signal: AbortSignal;
}

/** The branch that moves: no releases, no end of life, never the builder. */
const EDGE = 'edge';

export async function updateLock(options: UpdateOptions): Promise<Result<Lock>> {
  const { mirror, root, signal } = options;
  const text = await mirror.fetch('releases.json', { signal });
  if (!text.ok) return text;
  const parsed = parseReleases(Buffer.from(text.value).toString('utf8'), mirror.locate('releases.json'));
  if (!parsed.ok) return parsed;
  const releases = lockReleases(parsed.value, options);
  const builder = Object.keys(releases).find(version => version !== EDGE);
  if (builder === undefined) return fail(nothingServed(options, parsed.value));
  const serves = (version: string, arch: string): boolean =>
    parsed.value.branches.some(branch => branch.name === version && branch.architectures.includes(arch));
  const iso = await lockIsos(options, builder, releases[builder]?.release ?? '', serves);
  if (!iso.ok) return iso;
  const wanted = options.wantedIndexes({ builder, releases });
  if (!wanted.ok) return wanted;
  const sets = wanted.value.filter(({ version, arch }) => iso.value[arch] !== undefined && serves(version, arch));
  const indexes = await lockIndexes(sets, { mirror, root, builder, signal });
  if (!indexes.ok) return indexes;
  return ok({
    format: 1,
    root: root.name,
    updated: options.today,
    builder,
    releases: withIndexes(releases, wanted.value, indexes.value),
    iso: iso.value,
    indexes: indexes.value,
    packages: {},
  });
}

/** Newest first, edge before all: the first stable one is the builder. */
function lockReleases(releases: Releases, options: UpdateOptions): Record<string, LockedRelease> {
  const locked: Record<string, LockedRelease> = {};
  for (const branch of releases.branches) {
    if (!options.versions.includes(branch.name)) continue;
    if (branch.name === EDGE) {
      locked[EDGE] = { release: options.today.replaceAll('-', ''), date: options.today, endOfLife: '' };
      continue;
    }
    const release = latestRelease(branch);
    if (release === undefined || branch.endOfLife === undefined || branch.endOfLife < options.today) continue;
    const { version, date, notes } = release;
    locked[branch.name] = {
      release: version,
      date,
      endOfLife: branch.endOfLife,
      ...(notes === undefined ? {} : { notes }),
    };
  }
  return locked;
}

/** Of each architecture that the builder's branch and the mirror both have; of at least one. */
async function lockIsos(
  { mirror, architectures, signal }: UpdateOptions,
  builder: string,
  release: string,
  serves: (version: string, arch: string) => boolean,
): Promise<Result<Record<string, LockedIso>>> {
  const iso: Record<string, LockedIso> = {};
  let missing: Failure | undefined;
  for (const arch of architectures) {
    if (!serves(builder, arch)) continue;
    const locked = await lockIso(mirror, builder, release, arch, signal);
    if (locked.ok) iso[arch] = locked.value;
    else if (locked.error.code === 'AIB_MIRROR_NOT_FOUND') missing ??= locked.error;
    else return locked;
  }
  if (Object.keys(iso).length > 0) return ok(iso);
  return fail(
    missing ?? {
      code: 'AIB_NO_RELEASE',
      what: `The mirror serves ${builder} for no architecture that the configuration speaks of`,
      where: mirror.locate('releases.json'),
      got: `configured are ${architectures.join(', ')}`,
      hint: 'add an architecture to the configuration, or use another mirror with --mirror',
    },
  );
}

/** The checksums that lie beside the ISO; the ISO itself is fetched by the build that needs it. */
async function lockIso(
  mirror: Mirror,
  version: string,
  release: string,
  arch: string,
  signal: AbortSignal,
): Promise<Result<LockedIso>> {
  const path = isoPath(`v${version}`, arch, release);
  const file = basename(path);
  const sums: string[] = [];
  for (const [kind, length] of [
    ['sha256', 64],
    ['sha512', 128],
  ] as const) {
    const text = await mirror.fetch(`${path}.${kind}`, { signal });
    if (!text.ok) return text;
    const sum = /^[0-9a-f]+/.exec(Buffer.from(text.value).toString('utf8'))?.[0];
    if (sum?.length !== length) {
      return fail({
        code: 'AIB_MIRROR_CONTENT',
        what: `The ${kind} file of ${file} holds no checksum`,
        where: mirror.locate(`${path}.${kind}`),
      });
    }
    sums.push(sum);
  }
  const listPath = latestReleasesPath(`v${version}`, arch);
  const list = await mirror.fetch(listPath, { signal });
  if (!list.ok) return list;
  const { listedSize } = await import('./latest-releases.ts');
  const size = listedSize(Buffer.from(list.value).toString('utf8'), mirror.locate(listPath), file);
  if (!size.ok) return size;
  const [sha256 = '', sha512 = ''] = sums;
  return ok({ path, size: size.value, sha256, sha512 });
}

function nothingServed(options: UpdateOptions, releases: Releases) {
  return {
    code: 'AIB_NO_RELEASE',
    what: 'The mirror serves no version that the configuration speaks of and that is alive',
    where: options.mirror.locate('releases.json'),
    got: `${releases.branches.map(branch => branch.name).join(', ')}; configured are ${options.versions.join(', ')}`,
    hint: 'add a version to the configuration, or use another mirror with --mirror',
  } as const;
}
