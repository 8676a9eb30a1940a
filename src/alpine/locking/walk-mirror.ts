/**
 * Checks a mirror step by step, as an update and a build would use it, and reports the result of each step: list of releases, index with
 * its signature, every byte of one package, key, ISO. Never locks or stores anything.
 */
import { fail, ok, type Result } from '../../util/result.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { indexPath, packagePath } from '../mirror/mirror-layout.ts';
import { type IndexPackage, parseApkIndex } from '../package/apkindex.ts';
import type { TrustRoot } from '../package/keys.ts';
import { verifyPackage } from '../package/verify.ts';
import { findReleaseKey } from './find-release-key.ts';
import { findReleases } from './find-releases.ts';
import type { Lock } from './lock.ts';
import { servedIndex } from './lock-indexes.ts';
import { lockIsos } from './lock-iso.ts';
import { latestRelease } from './releases.ts';

export interface WalkOptions {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  readonly releases: string | undefined;
  readonly site: Mirror | undefined;
  readonly known: Lock | undefined;
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export interface WalkStep {
  readonly name: string;
  /** What was found in words, or the failure. */
  readonly found: Result<string>;
}

/** Continues after a failure with all steps that do not depend on it. */
export async function* walkMirror(options: WalkOptions): AsyncGenerator<WalkStep> {
  const { mirror, root, signal, releases: named, site, known, onNotice } = options;
  const list = await findReleases({ mirror, named, site, known, versions: [], signal, onNotice });
  const branch = list.ok ? list.value.releases.latestStable : undefined;
  const release = branch && latestRelease(branch);
  yield step('list of releases', list, ({ where }) => `${where}: latest is ${release?.version}`);
  if (branch === undefined || release === undefined) return;
  const [arch = 'x86_64'] = branch.architectures.includes('x86_64') ? ['x86_64'] : branch.architectures;

  const repository = `${branch.folder}/main/${arch}`;
  const index = await servedIndex(options, repository);
  const packages = index.ok ? parseApkIndex(index.value.text, indexPath(repository)) : index;
  yield step('package index', packages, ({ length }) => {
    const { description, keyName } = index.ok ? index.value : { description: '', keyName: '' };
    return `${indexPath(repository)}: ${length} packages, ${description}, signed by ${keyName}`;
  });
  const entry = packages.ok ? smallest(packages.value) : undefined;
  if (entry !== undefined) {
    const path = packagePath(repository, entry);
    const verified = await mirror.fetch(path, { signal, accept: content => verifyPackage(content, entry, root.keys) });
    yield step('package', verified, ({ size }) => `${path}: ${size} bytes, its signature and both digests are valid`);
  }

  const key = await findReleaseKey({ root, named: undefined, known, signal, onNotice });
  yield step('key of ISOs', key, ({ fingerprint }) => fingerprint);
  if (!key.ok) return;
  const isos = await lockIsos({
    mirror,
    releaseKey: key.value,
    version: branch.name,
    releases: branch.releases,
    architectures: [arch],
    signal,
    onNotice,
  });
  const iso = isos.ok ? isos.value.iso[arch] : undefined;
  yield step('ISO', isos, () => `${iso?.path}: ${iso?.size} bytes, with both checksums and a signature by that key`);
  if (iso === undefined) return;
  yield step('ISO header', await readVolumeId(mirror, iso.path, signal), volume => `volume ${volume}`);
}

function step<T>(name: string, result: Result<T>, words: (value: T) => string): WalkStep {
  return { name, found: result.ok ? ok(words(result.value)) : result };
}

/** The package with the smallest file. */
function smallest(packages: readonly IndexPackage[]): IndexPackage | undefined {
  return packages.reduce<IndexPackage | undefined>(
    (best, entry) => (best === undefined || entry.size < best.size ? entry : best),
    undefined,
  );
}

/** The primary volume descriptor is the seventeenth sector of 2 KiB: type, `CD001`, version, a zero, 32 bytes of system, 32 of volume. */
const DESCRIPTOR = 16 * 2048;

async function readVolumeId(mirror: Mirror, path: string, signal: AbortSignal): Promise<Result<string>> {
  const bytes = await mirror.start(path, DESCRIPTOR + 2048, signal);
  if (!bytes.ok) return bytes;
  const text = (from: number, to: number): string =>
    Buffer.from(bytes.value.subarray(DESCRIPTOR + from, DESCRIPTOR + to)).toString('latin1');
  if (text(1, 6) === 'CD001') return ok(text(40, 72).trim());
  return fail({
    code: 'AIB_BAD_ISO',
    what: 'The file is not an ISO 9660 image',
    where: mirror.locate(path),
    got: JSON.stringify(text(0, 8)),
    hint: 'use another mirror with --mirror',
  });
}
