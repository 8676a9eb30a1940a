/**
 * Writes the files of a sample mirror for one architecture: its part of each branch, and the newer kernel for an upgrade. The files for
 * x86_64 never depend on other architectures.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../util/result.ts';
import { type Apk, type PackageSpec, packApk } from './apk.ts';
import type { Architecture, ArchName } from './architecture.ts';
import { alpineBase, basePackages } from './base-packages.ts';
import { type Branch, writeBranch, writeRepository } from './branch.ts';
import { type DebianPackage, unpackDebian } from './debian.ts';
import { SUITES, type Suite } from './debian-packages.ts';
import { type DebianTree, debianTree } from './debian-tree.ts';
import { e2fsprogs } from './e2fsprogs.ts';
import type { SampleFiles } from './files.ts';
import { packInitramfs } from './initramfs.ts';
import { packModloop, sampleKernel } from './kernel.ts';
import type { RealPackages } from './real-packages.ts';
import type { StandInContext } from './stand-in.ts';
import { kernelPackage, standIns } from './stand-ins.ts';
import type { Userland } from './userland.ts';

/** The sources of an architecture's part. */
export interface ArchSources {
  readonly arch: Architecture;
  readonly debs: readonly DebianPackage[];
  /** The folder of the packages. */
  readonly download: string;
  readonly userland: Userland | undefined;
  readonly packages: RealPackages | undefined;
}

export type DebianTrees = Readonly<Record<Suite, DebianTree>>;

export interface ServeOptions {
  /** The mirror. */
  readonly dir: string;
  readonly trees: DebianTrees;
  /** Debian's programs for this host, which can have another architecture. */
  readonly tools: DebianTree;
  readonly files: SampleFiles;
  /** Latest first. */
  readonly branches: readonly [Branch, ...Branch[]];
  readonly scratch: string;
  readonly signal: AbortSignal | undefined;
  readonly log: (line: string) => void;
}

/** Returns the number of packages in the largest branch. */
export async function serveArchitecture(sources: ArchSources, options: ServeOptions): Promise<Result<number>> {
  const { arch, userland, packages } = sources;
  const { dir, trees, tools, files, branches, scratch, signal, log } = options;
  const { trixie, bookworm, 'trixie-backports': backports } = trees;
  const [latest] = branches;
  const { time } = latest;
  const kernel = await sampleKernel(tools, trixie, time, signal);
  if (!kernel.ok) return kernel;
  const later = await sampleKernel(tools, backports, time, signal);
  if (!later.ok) return later;
  const modloop = join(scratch, `modloop-virt-${arch.name}`);
  const squashed = await packModloop(tools, kernel.value, modloop, time, signal);
  if (!squashed.ok) return squashed;

  const context: StandInContext = { debian: trixie, files, kernel: kernel.value, time };
  const specs = [...basePackages(context, userland), ...standIns(context)];
  log(`Packing ${specs.length} packages for ${arch.name}`);
  const common = await packAll(specs, arch.name, signal);
  const boot = { kernel: kernel.value, modloop: await readFile(modloop) };
  let count = 0;
  for (const branch of branches) {
    log(`Writing v${branch.name} (${branch.release}) for ${arch.name}`);
    const own = [
      ...e2fsprogs(context, branch === latest ? trixie : bookworm),
      alpineBase(context, specs, branch.release, userland),
    ];
    const real = packages?.release === branch.release ? packages.apks : [];
    const apks = withReal([...common, ...(await packAll(own, arch.name, signal))], real);
    count = Math.max(count, apks.length);
    const initramfs = packInitramfs({
      packages: apks.map(({ spec }) => spec),
      ...{ kernel: kernel.value, time: branch.time, usrMerged: branch.usrMerged },
    });
    await writeBranch(dir, branch, arch.name, apks, { ...boot, initramfs });
  }
  const upgrade = kernelPackage(context, later.value, 'virt', 'a few of its modules, to upgrade to');
  const upgraded = await packAll([upgrade], arch.name, signal);
  await writeRepository(join(dir, 'upgrade', arch.name), latest, arch.name, upgraded);
  return ok(count);
}

/** The packages of each suite, unpacked over each other below `scratch`. */
export async function unpackSuites(
  { arch, debs, download }: ArchSources,
  scratch: string,
  time: number,
  signal: AbortSignal | undefined,
): Promise<Result<DebianTrees>> {
  const trees: Partial<Record<Suite, DebianTree>> = {};
  for (const suite of SUITES) {
    const own = debs.filter(deb => deb.suite === suite);
    const root = join(scratch, arch.name, suite);
    const unpacked = await unpackDebian(own, download, root, signal);
    if (!unpacked.ok) return unpacked;
    trees[suite] = debianTree(arch, root, own, time);
  }
  return ok(trees as DebianTrees);
}

async function packAll(
  specs: readonly PackageSpec[],
  arch: ArchName,
  signal: AbortSignal | undefined,
): Promise<readonly Apk[]> {
  const apks: Apk[] = [];
  for (const spec of specs) {
    signal?.throwIfAborted();
    apks.push(await packApk(spec, arch));
  }
  return apks;
}

/** Each of Alpine's own packages replaces the stand-in with its name. */
function withReal(apks: readonly Apk[], real: readonly Apk[]): readonly Apk[] {
  const names = new Set(real.map(({ spec }) => spec.name));
  return [...apks.filter(({ spec }) => !names.has(spec.name)), ...real];
}
