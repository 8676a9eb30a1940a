/**
 * Fetches the Debian packages that stand-ins are made of, checked by apt against Debian's archive key; never touches the host's own apt.
 *
 * The download folder keeps the .deb files and `packages.json`, which names them with their suite and SHA-256. While all of them are there, no
 * network is used: to get newer ones, remove the folder.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { digestOfFile } from '../store/content/digest.ts';
import { makeFolder } from '../util/files/make-folder.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { missing, runHost } from './host.ts';

/** A release of Debian, as its mirrors name it. */
export type Suite = keyof typeof WANTED;

export interface DebianPackage {
  readonly suite: Suite;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
}

export interface FetchOptions {
  readonly download: string;
  readonly signal?: AbortSignal | undefined;
  readonly log: (line: string) => void;
}

/** The kernel's own package, whose name has its version, is found through this one. */
const KERNEL_META = 'linux-image-cloud-amd64';
const KERNEL_NAME = /^linux-image-\d.*-cloud-amd64$/;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const LIST = 'packages.json';
/** trixie is what nearly all is made of. */
const TRIXIE = [
  ...['busybox-static', 'dosfstools', 'e2fsprogs', 'fdisk', 'grub-common', 'grub-efi-amd64-bin', 'grub-pc-bin', 'kmod'],
  ...['libblkid1', 'libc6', 'libcap2', 'libcom-err2', 'libdevmapper1.02.1', 'libext2fs2t64', 'libfdisk1', 'libkmod2'],
  ...['liblz4-1', 'liblzma5', 'liblzo2-2', 'libpcre2-8-0', 'libreadline8t64', 'libselinux1', 'libsmartcols1', 'libss2'],
  ...[
    'libssl3t64',
    'libtinfo6',
    'libudev1',
    'libuuid1',
    'libzstd1',
    'mtools',
    'ovmf',
    'squashfs-tools',
    'tzdata',
    'zlib1g',
  ],
];
const WANTED = {
  trixie: { packages: TRIXIE, kernel: true },
  // e2fsprogs 1.47.0, which cannot make the same file system twice
  bookworm: { packages: ['e2fsprogs', 'libcom-err2', 'libext2fs2', 'libss2'], kernel: false },
  // a newer kernel, for an upgrade
  'trixie-backports': { packages: [], kernel: true },
} as const satisfies Readonly<Record<string, { readonly packages: readonly string[]; readonly kernel: boolean }>>;
export const SUITES = Object.keys(WANTED) as readonly Suite[];

/** The packages, all of them in the download folder and checked. */
export async function fetchDebian(options: FetchOptions): Promise<Result<readonly DebianPackage[]>> {
  const download = resolve(options.download);
  makeFolder(download);
  const kept = await keptPackages(download);
  if (kept !== undefined) return ok(kept);
  if (!existsSync(KEYRING)) return fail(missing(KEYRING));

  options.log(`Fetching Debian packages (about 100 MB) into ${download}`);
  const packages: DebianPackage[] = [];
  for (const suite of SUITES) {
    const fetched = await fetchSuite(suite, download, options.signal);
    if (!fetched.ok) return fetched;
    packages.push(...fetched.value);
  }
  await writeFile(join(download, `${LIST}.part`), `${JSON.stringify(packages, undefined, 2)}\n`);
  await rename(join(download, `${LIST}.part`), join(download, LIST));
  return ok(packages);
}

async function fetchSuite(
  suite: Suite,
  download: string,
  signal: AbortSignal | undefined,
): Promise<Result<readonly DebianPackage[]>> {
  const apt = { cwd: download, env: { APT_CONFIG: await writeAptConfig(download, suite) }, signal };
  const updated = await runHost('apt-get', ['update', '-q'], apt);
  if (!updated.ok) return updated;
  const names: string[] = [...WANTED[suite].packages];
  if (WANTED[suite].kernel) {
    const meta = await runHost('apt-cache', ['show', '--no-all-versions', KERNEL_META], apt);
    if (!meta.ok) return meta;
    const kernel = /^Depends:.*?\b(linux-image-\d\S*-cloud-amd64)\b/m.exec(meta.value)?.[1];
    if (kernel === undefined) return fail(missing(`a kernel package behind ${KERNEL_META} of ${suite}`));
    const parts = await runHost('apt-cache', ['show', '--no-all-versions', kernel], apt);
    if (!parts.ok) return parts;
    names.push(kernel, ...kernelParts(parts.value));
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
        what: `The Debian package ${found.name} is not what the archive's index says`,
        where: join(download, debFile(found)),
        got: `sha256 ${got?.hash ?? 'of no file'}, expected ${found.sha256}`,
        hint: 'Remove the download folder and try again',
      });
    }
  }
  await rm(join(download, 'apt'), { recursive: true, force: true });
  return ok(packages);
}

/** Newer kernels are split: image, configuration and modules lie in packages that the first one only names. */
function kernelParts(record: string): readonly string[] {
  const depends = /^Depends: (.*)$/m.exec(record)?.[1] ?? '';
  return [...depends.matchAll(/\blinux-(?:base|binary|modules)-\d\S*-cloud-amd64\b/g)].map(([name]) => name);
}

/** Unpacks them over one another into `root`. */
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

/** As apt-get download names it. */
function debFile(found: DebianPackage): string {
  return `${found.name}_${found.version.replace(':', '%3a')}_${found.architecture}.deb`;
}

async function keptPackages(download: string): Promise<readonly DebianPackage[] | undefined> {
  let packages: readonly DebianPackage[];
  try {
    packages = JSON.parse(await readFile(join(download, LIST), 'utf8')) as readonly DebianPackage[];
  } catch {
    return undefined;
  }
  const isComplete = SUITES.every(suite => {
    const own = packages.filter(found => found.suite === suite);
    const { packages: names, kernel } = WANTED[suite];
    return (
      names.every(name => own.some(found => found.name === name)) &&
      (!kernel || own.some(found => KERNEL_NAME.test(found.name)))
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

/** apt with state, sources and cache of its own, below the download folder. */
async function writeAptConfig(download: string, suite: Suite): Promise<string> {
  const apt = join(download, 'apt');
  for (const folder of ['lists/partial', 'archives/partial', 'none'])
    await mkdir(join(apt, folder), { recursive: true });
  await writeFile(join(apt, 'status'), '');
  await writeFile(
    join(apt, 'debian.sources'),
    `Types: deb\nURIs: http://deb.debian.org/debian\nSuites: ${suite}\nComponents: main\nArchitectures: amd64\nSigned-By: ${KEYRING}\n`,
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
    'APT::Architecture': 'amd64',
    'APT::Architectures': 'amd64',
    // Fetching as another user would need folders that this user can write to.
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
