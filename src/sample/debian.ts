/**
 * Fetches the Debian packages for stand-ins, verified by apt with Debian's archive key; never touches the host's own apt.
 *
 * The download folder has the .deb files and `packages.json`, which lists them with suite and SHA-256. While all of them exist, no network
 * is used: to get newer ones, remove the folder.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { digestOfFile } from '../store/content/digest.ts';
import { makeFolder } from '../util/files/make-folder.ts';
import { fail, ok, type Result } from '../util/result.ts';
import type { Architecture } from './architecture.ts';
import { isKernel, kernelMeta, kernelOf, kernelParts, SUITES, type Suite, wantedOf } from './debian-packages.ts';
import { missing, runHost } from './host.ts';

export interface DebianPackage {
  readonly suite: Suite;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
}

export interface FetchOptions {
  readonly arch: Architecture;
  readonly download: string;
  readonly signal?: AbortSignal | undefined;
  readonly log: (line: string) => void;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const LIST = 'packages.json';
/** Approximate size of the download. */
const SIZES = { amd64: '100 MB', arm64: '75 MB' } as const satisfies Readonly<Record<Architecture['debian'], string>>;

/** The packages; all of them are in the download folder and verified. */
export async function fetchDebian(options: FetchOptions): Promise<Result<readonly DebianPackage[]>> {
  const { arch } = options;
  const download = resolve(options.download);
  makeFolder(download);
  const kept = await keptPackages(download, arch);
  if (kept !== undefined) return ok(kept);
  if (!existsSync(KEYRING)) return fail(missing(KEYRING));

  options.log(`Fetching Debian packages for ${arch.debian} (about ${SIZES[arch.debian]}) into ${download}`);
  const packages: DebianPackage[] = [];
  for (const suite of SUITES) {
    const fetched = await fetchSuite(suite, arch, download, options.signal);
    if (!fetched.ok) return fetched;
    packages.push(...fetched.value);
  }
  await writeFile(join(download, `${LIST}.part`), `${JSON.stringify(packages, undefined, 2)}\n`);
  await rename(join(download, `${LIST}.part`), join(download, LIST));
  return ok(packages);
}

async function fetchSuite(
  suite: Suite,
  arch: Architecture,
  download: string,
  signal: AbortSignal | undefined,
): Promise<Result<readonly DebianPackage[]>> {
  const apt = { cwd: download, env: { APT_CONFIG: await writeAptConfig(download, suite, arch) }, signal };
  const updated = await runHost('apt-get', ['update', '-q'], apt);
  if (!updated.ok) return updated;
  const wanted = wantedOf(suite, arch);
  const names: string[] = [...wanted.packages];
  if (wanted.kernel) {
    const meta = await runHost('apt-cache', ['show', '--no-all-versions', kernelMeta(arch)], apt);
    if (!meta.ok) return meta;
    const kernel = kernelOf(meta.value, arch);
    if (kernel === undefined) return fail(missing(`a kernel package behind ${kernelMeta(arch)} of ${suite}`));
    const parts = await runHost('apt-cache', ['show', '--no-all-versions', kernel], apt);
    if (!parts.ok) return parts;
    names.push(kernel, ...kernelParts(parts.value, arch));
  }
  const shown = await runHost('apt-cache', ['show', '--no-all-versions', ...names], apt);
  if (!shown.ok) return shown;
  const packages = parseRecords(suite, shown.value);
  const lost = names.find(name => !packages.some(found => found.name === name));
  if (lost !== undefined) return fail(missing(`the Debian package ${lost} of ${suite}`));
  const fetched = await runHost('apt-get', ['download', '-q', ...names], apt);
  if (!fetched.ok) return fetched;
  for (const found of packages) {
    const got = await digestOfFile(join(download, debFile(found))).catch(() => undefined);
    if (got?.hash !== found.sha256) {
      return fail({
        code: 'AIB_DIGEST_MISMATCH',
        what: `The Debian package ${found.name} differs from the index of the archive`,
        where: join(download, debFile(found)),
        got: `sha256 ${got?.hash ?? 'of a missing file'}, expected ${found.sha256}`,
        hint: 'remove the download folder and try again',
      });
    }
  }
  await rm(join(download, 'apt'), { recursive: true, force: true });
  return ok(packages);
}

/** Unpacks them over each other into `root`. */
export async function unpackDebian(
  packages: readonly DebianPackage[],
  download: string,
  root: string,
  signal?: AbortSignal,
): Promise<Result<void>> {
  await mkdir(root, { recursive: true });
  for (const found of packages) {
    const unpacked = await runHost('dpkg-deb', ['-x', join(download, debFile(found)), root], { signal });
    if (!unpacked.ok) return unpacked;
  }
  return ok(undefined);
}

/** The file name of apt-get download. */
function debFile(found: DebianPackage): string {
  return `${found.name}_${found.version.replace(':', '%3a')}_${found.architecture}.deb`;
}

async function keptPackages(download: string, arch: Architecture): Promise<readonly DebianPackage[] | undefined> {
  let packages: readonly DebianPackage[];
  try {
    packages = JSON.parse(await readFile(join(download, LIST), 'utf8')) as readonly DebianPackage[];
  } catch {
    return undefined;
  }
  const isComplete = SUITES.every(suite => {
    const own = packages.filter(found => found.suite === suite);
    const { packages: names, kernel } = wantedOf(suite, arch);
    return (
      names.every(name => own.some(found => found.name === name)) &&
      (!kernel || own.some(found => isKernel(found.name, arch)))
    );
  });
  if (!isComplete) return undefined;
  for (const found of packages) {
    const got = await digestOfFile(join(download, debFile(found))).catch(() => undefined);
    if (got?.hash !== found.sha256) return undefined;
  }
  return packages;
}

function parseRecords(suite: Suite, text: string): DebianPackage[] {
  const packages = text
    .split('\n\n')
    .map(record => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(record)?.[1] ?? '';
      return {
        suite,
        name: field('Package'),
        version: field('Version'),
        architecture: field('Architecture'),
        sha256: field('SHA256'),
      };
    })
    .filter(found => found.name !== '' && found.sha256 !== '');
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The configuration of an apt for an architecture, with its own state, sources and cache below the download folder. */
async function writeAptConfig(download: string, suite: Suite, arch: Architecture): Promise<string> {
  const apt = join(download, 'apt');
  for (const folder of ['lists/partial', 'archives/partial', 'none'])
    await mkdir(join(apt, folder), { recursive: true });
  await writeFile(join(apt, 'status'), '');
  await writeFile(
    join(apt, 'debian.sources'),
    `Types: deb\nURIs: http://deb.debian.org/debian\nSuites: ${suite}\nComponents: main\nArchitectures: ${arch.debian}\nSigned-By: ${KEYRING}\n`,
  );
  const settings = {
    Dir: apt,
    'Dir::State': apt,
    'Dir::State::status': join(apt, 'status'),
    'Dir::State::lists': join(apt, 'lists'),
    'Dir::Cache': apt,
    'Dir::Cache::archives': join(apt, 'archives'),
    'Dir::Etc': apt,
    'Dir::Etc::sourcelist': join(apt, 'debian.sources'),
    'Dir::Etc::sourceparts': join(apt, 'none'),
    'Dir::Etc::parts': join(apt, 'none'),
    'Dir::Etc::preferencesparts': join(apt, 'none'),
    'APT::Architecture': arch.debian,
    'APT::Architectures': arch.debian,
    // apt's sandbox user could not write to these folders.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  const file = join(apt, 'apt.conf');
  await writeFile(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key} "${value}";\n`)
      .join(''),
  );
  return file;
}
