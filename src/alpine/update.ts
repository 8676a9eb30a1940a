/**
 * Writes a new lock from what a mirror serves today: the one place, with the first build, where the mirror's moving parts and the date are
 * looked at. Every index's signature is checked before its digest is locked.
 */
import { digestOf } from '../store/digest.ts';
import { fail, ok, type Result } from '../util/result.ts';
import type { TrustRoot } from './keys.ts';
import type { Lock, LockedIso, LockedRelease } from './lock.ts';
import type { Mirror } from './mirror.ts';
import { latestRelease, parseReleases, type Releases } from './releases.ts';
import { verifyIndex } from './verify.ts';

export interface UpdateOptions {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  /** Versions that the configuration speaks of. */
  readonly versions: readonly string[];
  readonly architectures: readonly string[];
  /** YYYY-MM-DD. A version whose end of life lies before it is left out. */
  readonly today: string;
  /** Paths of the indexes that builds of these releases will read. */
  readonly indexPaths: (lock: Pick<Lock, 'builder' | 'releases'>) => Result<readonly string[]>;
  readonly signal: AbortSignal;
}

export async function updateLock(options: UpdateOptions): Promise<Result<Lock>> {
  const { mirror, root, signal } = options;
  const text = await mirror.fetch('releases.json', { signal });
  if (!text.ok) return text;
  const parsed = parseReleases(Buffer.from(text.value).toString('utf8'), mirror.locate('releases.json'));
  if (!parsed.ok) return parsed;
  const releases = lockReleases(parsed.value, options);
  const [builder] = Object.keys(releases);
  if (builder === undefined) return fail(nothingServed(options, parsed.value));
  const iso: Record<string, LockedIso> = {};
  for (const arch of options.architectures) {
    const locked = await lockIso(mirror, builder, releases[builder]?.release ?? '', arch, signal);
    if (!locked.ok) return locked;
    iso[arch] = locked.value;
  }
  const paths = options.indexPaths({ builder, releases });
  if (!paths.ok) return paths;
  const indexes: Record<string, Lock['indexes'][string]> = {};
  for (const path of paths.value) {
    const bytes = await mirror.fetch(`${path}/APKINDEX.tar.gz`, { signal });
    if (!bytes.ok) return bytes;
    const verified = await verifyIndex(bytes.value, root.keys, mirror.locate(`${path}/APKINDEX.tar.gz`));
    if (!verified.ok) return verified;
    indexes[path] = digestOf(bytes.value);
  }
  return ok({ format: 1, root: root.name, updated: options.today, builder, releases, iso, indexes, packages: {} });
}

/** Newest first: the first is the builder. */
function lockReleases(releases: Releases, options: UpdateOptions): Record<string, LockedRelease> {
  const locked: Record<string, LockedRelease> = {};
  for (const branch of releases.branches) {
    const release = latestRelease(branch);
    if (release === undefined || branch.endOfLife === undefined || branch.endOfLife < options.today) continue;
    if (!options.versions.includes(branch.name)) continue;
    locked[branch.name] = { release: release.version, date: release.date, endOfLife: branch.endOfLife };
  }
  return locked;
}

/** The checksums that lie beside the ISO; the ISO itself is fetched by the build that needs it. */
async function lockIso(
  mirror: Mirror,
  version: string,
  release: string,
  arch: string,
  signal: AbortSignal,
): Promise<Result<LockedIso>> {
  const folder = `v${version}/releases/${arch}`;
  const file = `alpine-virt-${release}-${arch}.iso`;
  const path = `${folder}/${file}`;
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
  const list = await mirror.fetch(`${folder}/latest-releases.yaml`, { signal });
  if (!list.ok) return list;
  const size = isoSize(Buffer.from(list.value).toString('utf8'), file);
  if (size === undefined) {
    return fail({
      code: 'AIB_MIRROR_CONTENT',
      what: `latest-releases.yaml does not know ${file}`,
      where: mirror.locate(`${folder}/latest-releases.yaml`),
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
