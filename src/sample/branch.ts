/**
 * Writes one branch of the sample mirror for one architecture, below v3.20/: main and community with their indexes, and releases with the
 * ISO. Writes only files of Alpine's CDN that a build reads.
 *
 *     v3.20/{main,community}/x86_64/{APKINDEX.tar.gz,*.apk}
 *     v3.20/releases/x86_64/{alpine-virt-3.20.3-x86_64.iso{,.sha256,.sha512,.asc},latest-releases.yaml}
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isoPath } from '../alpine/mirror/mirror-layout.ts';
import { type IsoEntry, writeIso } from '../formats/iso9660.ts';
import type { Apk } from './apk.ts';
import type { ArchName } from './architecture.ts';
import { FULL_INDEX, fillerRecords } from './filler.ts';
import type { SampleKernel } from './kernel.ts';
import { packIndex } from './repository.ts';
import { signRelease } from './sign-release.ts';

export interface Branch {
  /** 3.20 */
  readonly name: string;
  /** 3.20.3 */
  readonly release: string;
  /** Seconds since the epoch. */
  readonly time: number;
  /** As in newer releases: /bin, /lib and /sbin of the ISO's initramfs are links. */
  readonly usrMerged: boolean;
  /** The index of main has about as many records as Alpine's. */
  readonly fullIndex: boolean;
}

export interface BootFiles {
  readonly kernel: SampleKernel;
  readonly initramfs: Uint8Array;
  readonly modloop: Uint8Array;
}

/** Packages of Alpine's community repository. */
const COMMUNITY = /^(aavmf|cloud-init.*|ovmf|sudo|tiny-cloud.*)$/;
/** Large packages, which Alpine's virt ISO does not have either. */
const NOT_ON_ISO =
  /^(linux-.*|aavmf|ovmf|grub.*|dosfstools|mtools|partx|sfdisk|tar|e2fsprogs-extra|sudo|cloud-init.*|eudev|udev-init-scripts.*)$/;

export async function writeBranch(
  dir: string,
  branch: Branch,
  arch: ArchName,
  apks: readonly Apk[],
  boot: BootFiles,
): Promise<void> {
  const folder = `v${branch.name}`;
  const community = apks.filter(apk => COMMUNITY.test(apk.spec.name));
  await writeRepository(
    join(dir, folder, 'main', arch),
    branch,
    arch,
    apks.filter(apk => !community.includes(apk)),
    branch.fullIndex ? fillerRecords(arch, FULL_INDEX - apks.length, branch.time) : '',
  );
  await writeRepository(join(dir, folder, 'community', arch), branch, arch, community);

  const iso = join(dir, isoPath(folder, arch, branch.release));
  const [releases, name] = [dirname(iso), basename(iso)];
  await mkdir(releases, { recursive: true });
  const onIso = apks.filter(apk => !NOT_ON_ISO.test(apk.spec.name));
  const index = await packIndex(arch, onIso, describe(branch), branch.time);
  await writeIso(iso, isoEntries(branch, arch, onIso, index, boot), {
    volumeId: `alpine-virt ${branch.release} ${arch}`.slice(0, 32),
    time: branch.time,
  });
  const { size } = await stat(iso);
  const sums = await hashFile(iso, ['sha256', 'sha512']);
  for (const [algorithm, sum] of sums) await writeFile(`${iso}.${algorithm}`, `${sum}  ${name}\n`);
  await writeFile(`${iso}.asc`, await signRelease(await readFile(iso), branch.time));
  await writeFile(join(releases, 'latest-releases.yaml'), latestReleases(branch, arch, name, size, sums));
}

/** Also for the folder of newer packages. */
export async function writeRepository(
  folder: string,
  branch: Branch,
  arch: ArchName,
  apks: readonly Apk[],
  more = '',
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const apk of apks) await writeFile(join(folder, apk.fileName), apk.bytes);
  await writeFile(join(folder, 'APKINDEX.tar.gz'), await packIndex(arch, apks, describe(branch), branch.time, more));
}

function describe(branch: Branch): string {
  return `v${branch.release}-0-gsample`;
}

function* isoEntries(
  branch: Branch,
  arch: ArchName,
  apks: readonly Apk[],
  index: Uint8Array,
  boot: BootFiles,
): Generator<IsoEntry> {
  const file = (path: string, bytes: Uint8Array | string): IsoEntry => ({
    path,
    type: 'file',
    source: { bytes: Buffer.from(bytes) },
  });
  yield file('.alpine-release', `alpine-virt-${branch.release} (sample)\n`);
  yield file('apks/.boot_repository', '');
  yield file(`apks/${arch}/APKINDEX.tar.gz`, index);
  for (const apk of apks) yield file(`apks/${arch}/${apk.fileName}`, apk.bytes);
  yield file('boot/vmlinuz-virt', boot.kernel.vmlinuz.content ?? '');
  yield file('boot/config-virt', boot.kernel.config.content ?? '');
  yield file('boot/initramfs-virt', boot.initramfs);
  yield file('boot/modloop-virt', boot.modloop);
}

async function hashFile(path: string, algorithms: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map(algorithms.map(algorithm => [algorithm, createHash(algorithm)]));
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    for (const hash of hashes.values()) hash.update(chunk);
  }
  return new Map([...hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
}

function latestReleases(
  branch: Branch,
  arch: ArchName,
  file: string,
  size: number,
  sums: ReadonlyMap<string, string>,
): string {
  const when = new Date(branch.time * 1000).toISOString();
  const fields = [
    ['title', '"Virtual"'],
    ['desc', '"Made by aib for its sample mirror; not an Alpine release."'],
    ['branch', `v${branch.name}`],
    ['arch', arch],
    ['version', branch.release],
    ['flavor', 'alpine-virt'],
    ['file', file],
    ['iso', file],
    ['date', when.slice(0, 10)],
    ['time', when.slice(11, 19)],
    ['size', String(size)],
    ...[...sums].map(([algorithm, sum]) => [algorithm, sum]),
  ];
  return `---\n-\n${fields.map(([key, value]) => `  ${key}: ${value}\n`).join('')}`;
}
