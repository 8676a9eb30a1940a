/**
 * Makes the sample mirror: a small folder laid out as Alpine's CDN, on which builds can be tried without it. The same inputs give the same
 * bytes; a folder is either complete or absent, never half made.
 *
 *     releases.json  keys/  sample.json  secdb/…  v3.20/…  v3.19/…  upgrade/…
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SAMPLE_KEY_NAME, SAMPLE_PUBLIC_KEY } from '../alpine/package/sample-trust.ts';
import { digestOf } from '../store/content/digest.ts';
import { storeFailure } from '../store/database/store-failure.ts';
import type { Failure } from '../util/failure.ts';
import { makeFolder } from '../util/files/make-folder.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { type Apk, type PackageSpec, packApk, SAMPLE_ARCH } from './apk.ts';
import { alpineBase, basePackages } from './base-packages.ts';
import { type Branch, writeBranch, writeRepository } from './branch.ts';
import { branchesOf } from './branches.ts';
import { type DebianPackage, fetchDebian, SUITES, type Suite, unpackDebian } from './debian.ts';
import { type DebianTree, debianTree } from './debian-tree.ts';
import { e2fsprogs } from './e2fsprogs.ts';
import { type SampleFiles, sampleFiles } from './files.ts';
import { interrupted, missing } from './host.ts';
import { packInitramfs } from './initramfs.ts';
import { packModloop, sampleKernel } from './kernel.ts';
import { type RealPackages, readRealPackages } from './real-packages.ts';
import { releasesJson } from './releases-json.ts';
import type { StandInContext } from './stand-in.ts';
import { kernelPackage, standIns } from './stand-ins.ts';
import { readUserland, type Userland } from './userland.ts';

export interface SampleOptions {
  /** The folder with the data files: src/sample/files. */
  readonly files: string;
  /** An alpine-minirootfs-…-x86_64.tar.gz; without it, small stand-ins take the place of Alpine's own programs. */
  readonly userland?: string;
  /** A folder of Alpine's own packages, which take the place of stand-ins in the older version; they keep Alpine's signature. */
  readonly packages?: string;
  /** Keeps the Debian packages for another time; default: a temporary folder. */
  readonly download?: string;
  readonly signal?: AbortSignal;
  readonly log: (line: string) => void;
}

export interface SampleReport {
  readonly dir: string;
  /** Whether it was there already, made from the same inputs. */
  readonly cached: boolean;
  /** SHA-256 over everything that it is made from. */
  readonly fingerprint: string;
  /** Latest first. */
  readonly branches: readonly Branch[];
  readonly packages: number;
}

/** Raise it when the code would make other bytes from the same inputs. */
const SAMPLE_FORMAT_VERSION = 4;
const MANIFEST = 'sample.json';

export async function makeSampleMirror(dir: string, options: SampleOptions): Promise<Result<SampleReport, Failure>> {
  const target = resolve(dir);
  if (await holdsSomethingElse(target)) {
    return fail({
      code: 'AIB_SAMPLE_IN_THE_WAY',
      what: 'The folder for the sample mirror holds something else, which would be lost',
      where: target,
      got: `files, but no ${MANIFEST}`,
      hint: 'Name a new folder, or empty this one',
    });
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return fail(missing('an x86_64 Linux machine'));
  const scratch = await mkdtemp(join(tmpdir(), 'aib-sample-'));
  try {
    makeFolder(dirname(target));
    return await make(target, scratch, options);
  } catch (error) {
    if (options.signal?.aborted === true) return fail(interrupted());
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return fail({ ...failure, code: 'AIB_CANNOT_WRITE', what: 'The sample mirror cannot be written', where: target });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Inputs {
  readonly userland: Userland | undefined;
  readonly packages: RealPackages | undefined;
  readonly debs: readonly DebianPackage[];
  readonly files: SampleFiles;
  readonly branches: readonly Branch[];
}

async function make(target: string, scratch: string, options: SampleOptions): Promise<Result<SampleReport>> {
  const { signal, log } = options;
  const download = resolve(options.download ?? join(scratch, 'download'));
  const userland = options.userland === undefined ? ok(undefined) : await readUserland(options.userland);
  if (!userland.ok) return userland;
  const packages = options.packages === undefined ? ok(undefined) : await readRealPackages(options.packages);
  if (!packages.ok) return packages;
  const chosen = branchesOf(userland.value, packages.value);
  if (!chosen.ok) return chosen;
  const branches = chosen.value;
  const { time } = branches[0];
  const files = await sampleFiles(resolve(options.files), time);
  const debs = await fetchDebian({ download, signal, log });
  if (!debs.ok) return debs;
  const inputs: Inputs = { userland: userland.value, packages: packages.value, debs: debs.value, files, branches };
  const manifest = manifestOf(inputs);
  const fingerprint = digestOf(manifest).hash;
  const before = await madeFrom(target, fingerprint);
  if (before !== undefined) return ok({ dir: target, cached: true, fingerprint, branches, packages: before });

  log(`Unpacking ${debs.value.length} Debian packages`);
  const trees = await unpackSuites(debs.value, download, scratch, time, signal);
  if (!trees.ok) return trees;
  const { trixie, bookworm, 'trixie-backports': backports } = trees.value;
  const kernel = await sampleKernel(trixie, trixie, time, signal);
  if (!kernel.ok) return kernel;
  const later = await sampleKernel(trixie, backports, time, signal);
  if (!later.ok) return later;
  const modloop = join(scratch, 'modloop-virt');
  const squashed = await packModloop(trixie, kernel.value, modloop, time, signal);
  if (!squashed.ok) return squashed;

  const context: StandInContext = { debian: trixie, files, kernel: kernel.value, time };
  const specs = [...basePackages(context, userland.value), ...standIns(context)];
  log(`Packing ${specs.length} packages`);
  const common = await packAll(specs, signal);
  const boot = { kernel: kernel.value, modloop: await readFile(modloop) };
  const made = `${target}.part-${process.pid}`;
  await rm(made, { recursive: true, force: true });
  let count = 0;
  try {
    for (const branch of branches) {
      log(`Writing v${branch.name} (${branch.release})`);
      const own = [
        ...e2fsprogs(context, branch === branches[0] ? trixie : bookworm),
        alpineBase(context, specs, branch.release, userland.value),
      ];
      const real = packages.value?.release === branch.release ? packages.value.apks : [];
      const apks = withReal([...common, ...(await packAll(own, signal))], real);
      count = Math.max(count, apks.length);
      const initramfs = packInitramfs({
        packages: apks.map(({ spec }) => spec),
        ...{ kernel: kernel.value, time: branch.time, usrMerged: branch.usrMerged },
      });
      await writeBranch(made, branch, apks, { ...boot, initramfs });
    }
    const upgrade = kernelPackage(context, later.value, 'virt', 'a few of its modules, to upgrade to');
    await writeRepository(join(made, 'upgrade', SAMPLE_ARCH), branches[0], await packAll([upgrade], signal));
    await mkdir(join(made, 'keys'));
    await writeFile(join(made, 'keys', SAMPLE_KEY_NAME), SAMPLE_PUBLIC_KEY);
    await writeFile(join(made, 'releases.json'), releasesJson(branches));
    const summary = { fingerprint, packages: count, ...(JSON.parse(manifest) as object) };
    await writeFile(join(made, MANIFEST), `${JSON.stringify(summary, undefined, 2)}\n`);
    await replace(target, made);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return ok({ dir: target, cached: false, fingerprint, branches, packages: count });
}

async function unpackSuites(
  debs: readonly DebianPackage[],
  download: string,
  scratch: string,
  time: number,
  signal: AbortSignal | undefined,
): Promise<Result<Readonly<Record<Suite, DebianTree>>>> {
  const trees: Partial<Record<Suite, DebianTree>> = {};
  for (const suite of SUITES) {
    const own = debs.filter(deb => deb.suite === suite);
    const root = join(scratch, suite);
    const unpacked = await unpackDebian(own, download, root, signal);
    if (!unpacked.ok) return unpacked;
    trees[suite] = debianTree(root, own, time);
  }
  return ok(trees as Record<Suite, DebianTree>);
}

async function packAll(specs: readonly PackageSpec[], signal: AbortSignal | undefined): Promise<readonly Apk[]> {
  const apks: Apk[] = [];
  for (const spec of specs) {
    signal?.throwIfAborted();
    apks.push(await packApk(spec));
  }
  return apks;
}

/** Each of Alpine's own packages takes the place of the stand-in of its name. */
function withReal(apks: readonly Apk[], real: readonly Apk[]): readonly Apk[] {
  const names = new Set(real.map(({ spec }) => spec.name));
  return [...apks.filter(({ spec }) => !names.has(spec.name)), ...real];
}

/** Everything that the mirror is made from, as canonical JSON. */
function manifestOf({ userland, packages, debs, files, branches }: Inputs): string {
  return JSON.stringify({
    about: "aib's sample mirror: made from Debian packages, signed by a key that is published; not Alpine's",
    format: SAMPLE_FORMAT_VERSION,
    files: files.digest.hash,
    userland: userland === undefined ? null : { sha256: userland.digest.hash, release: userland.release },
    packages: packages === undefined ? null : { sha256: packages.digest.hash, release: packages.release },
    branches,
    debian: debs.map(({ suite, name, version, sha256 }) => ({ suite, name, version, sha256 })),
  });
}

/** How many packages a complete mirror of this fingerprint has; undefined if there is none. */
async function madeFrom(target: string, fingerprint: string): Promise<number | undefined> {
  try {
    const summary: unknown = JSON.parse(await readFile(join(target, MANIFEST), 'utf8'));
    if (typeof summary !== 'object' || summary === null) return undefined;
    const { fingerprint: made, packages } = summary as { fingerprint?: unknown; packages?: unknown };
    return made === fingerprint && typeof packages === 'number' ? packages : undefined;
  } catch {
    return undefined;
  }
}

async function holdsSomethingElse(target: string): Promise<boolean> {
  const names: readonly string[] = await readdir(target).catch(() => []);
  return names.length > 0 && !names.includes(MANIFEST);
}

/** A reader sees the old mirror, none for a moment, or the new one. */
async function replace(target: string, made: string): Promise<void> {
  const old = `${target}.old-${process.pid}`;
  if (existsSync(target)) await rename(target, old);
  await rename(made, target);
  await rm(old, { recursive: true, force: true });
}
