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
import { EDGE, installerOf, isoKey, type Lock, type LockedIso, type LockedRelease } from './lock.ts';
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
  const iso = await lockIsos(options, builder, releases, serves);
  if (!iso.ok) return iso;
  const wanted = options.wantedIndexes({ builder, releases });
  if (!wanted.ok) return wanted;
  const hasIso = (version: string, arch: string): boolean => iso.value[isoKey(version, arch)] !== undefined;
  const sets = wanted.value.filter(
    ({ version, arch }) =>
      serves(version, arch) && hasIso(installerOf({ builder }, version), arch) && hasIso(builder, arch),
  );
  const indexes = await lockIndexes(sets, { mirror, root, builder, signal });
  if (!indexes.ok) return indexes;
  return ok({
    format: 2,
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

/** Of each stable version and architecture that the mirror has one of; of the builder for at least one architecture. */
async function lockIsos(
  { mirror, architectures, signal }: UpdateOptions,
  builder: string,
  releases: Lock['releases'],
  serves: (version: string, arch: string) => boolean,
): Promise<Result<Record<string, LockedIso>>> {
  const iso: Record<string, LockedIso> = {};
  let missing: Failure | undefined;
  for (const [version, { release }] of Object.entries(releases)) {
    if (version === EDGE) continue;
    for (const arch of architectures) {
      if (!serves(version, arch)) continue;
      const locked = await lockIso(mirror, version, release, arch, signal);
      if (locked.ok) iso[isoKey(version, arch)] = locked.value;
      else if (locked.error.code !== 'AIB_MIRROR_NOT_FOUND') return locked;
      else if (version === builder) missing ??= locked.error;
    }
  }
  if (architectures.some(arch => iso[isoKey(builder, arch)] !== undefined)) return ok(iso);
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
  const size = isoSize(Buffer.from(list.value).toString('utf8'), file);
  if (size === undefined) {
    return fail({
      code: 'AIB_MIRROR_CONTENT',
      what: `latest-releases.yaml does not know ${file}`,
      where: mirror.locate(listPath),
    });
  }
  const [sha256 = '', sha512 = ''] = sums;
  return ok({ path, size, sha256, sha512 });
}

/** The list's entries start with a dash at the margin; each names its file and size on lines of their own. */
function isoSize(yaml: string, file: string): number | undefined {
  const entry = yaml
    .split(/^-/m)
    .find(text => text.split('\n').some(line => /^\s*(?:file|iso):\s*(.*?)\s*$/.exec(line)?.[1] === file));
  const size = entry === undefined ? undefined : /^\s*size:\s*"?(\d+)"?\s*$/m.exec(entry)?.[1];
  return size === undefined ? undefined : Number(size);
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
