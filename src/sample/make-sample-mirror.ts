/**
 * Makes the sample mirror: a small folder with the layout of Alpine's CDN, to try builds without a network. The same inputs result in the
 * same bytes; a folder is complete or absent, never partial.
 *
 *     releases.json  keys/  sample.json  secdb/…  v3.20/…  v3.19/…  upgrade/…
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SECDB, secdbPath } from '../alpine/mirror/mirror-layout.ts';
import { SAMPLE_KEY_NAME, SAMPLE_PUBLIC_KEY } from '../alpine/package/sample-trust.ts';
import { digestOf } from '../store/content/digest.ts';
import { storeFailure } from '../store/database/store-failure.ts';
import type { Failure } from '../util/failure.ts';
import { makeFolder } from '../util/files/make-folder.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { ARCHITECTURES, type ArchName } from './architecture.ts';
import type { Branch } from './branch.ts';
import { branchesOf } from './branches.ts';
import { fetchDebian } from './debian.ts';
import { type SampleFiles, sampleFiles } from './files.ts';
import { interrupted, missing } from './host.ts';
import { readRealPackages } from './real-packages.ts';
import { releasesJson } from './releases-json.ts';
import { secdbJson } from './secdb-json.ts';
import { type ArchSources, serveArchitecture, unpackSuites } from './serve-architecture.ts';
import { readUserlands } from './userlands.ts';

export interface SampleOptions {
  /** The folder with the data files: src/sample/files. */
  readonly files: string;
  /** An alpine-minirootfs-…-x86_64.tar.gz; without it, small stand-ins replace Alpine's own programs. */
  readonly userland?: string;
  /** Serves aarch64 in addition to x86_64. */
  readonly aarch64?: boolean;
  /** The same for aarch64, with the same release; only with `aarch64`. */
  readonly userlandArm?: string;
  /** A folder of Alpine's own packages for x86_64, which replace stand-ins in the older version; they keep Alpine's signature. */
  readonly packages?: string;
  /** The folder for Debian packages, reused by later runs; default: a temporary folder. */
  readonly download?: string;
  readonly signal?: AbortSignal;
  readonly log: (line: string) => void;
}

export interface SampleReport {
  readonly dir: string;
  /** Whether it already existed, made from the same inputs. */
  readonly cached: boolean;
  /** SHA-256 of all inputs. */
  readonly fingerprint: string;
  /** Latest first. */
  readonly branches: readonly Branch[];
  readonly archs: readonly ArchName[];
  /** For each architecture. */
  readonly packages: number;
}

/** Increase it when the code makes other bytes from the same inputs. */
const SAMPLE_FORMAT_VERSION = 6;
const MANIFEST = 'sample.json';

export async function makeSampleMirror(dir: string, options: SampleOptions): Promise<Result<SampleReport, Failure>> {
  const target = resolve(dir);
  if (await holdsSomethingElse(target)) {
    return fail({
      code: 'AIB_SAMPLE_IN_THE_WAY',
      what: 'The folder for the sample mirror contains something else, which would be lost',
      where: target,
      got: `files, but no ${MANIFEST}`,
      hint: 'name a new folder, or empty this one',
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
  /** x86_64 first. */
  readonly sources: readonly [ArchSources, ...ArchSources[]];
  readonly files: SampleFiles;
  readonly branches: readonly [Branch, ...Branch[]];
}

async function make(target: string, scratch: string, options: SampleOptions): Promise<Result<SampleReport>> {
  const { signal, log } = options;
  const found = await readInputs(scratch, options);
  if (!found.ok) return found;
  const { sources, files, branches } = found.value;
  const archs = sources.map(({ arch }) => arch.name);
  const manifest = manifestOf(found.value);
  const fingerprint = digestOf(manifest).hash;
  const report = { dir: target, fingerprint, branches, archs };
  const before = await madeFrom(target, fingerprint);
  if (before !== undefined) return ok({ ...report, cached: true, packages: before });

  const { time } = branches[0];
  const [host] = sources;
  log(`Unpacking ${sources.reduce((sum, { debs }) => sum + debs.length, 0)} Debian packages`);
  const tools = await unpackSuites(host, scratch, time, signal);
  if (!tools.ok) return tools;
  const made = `${target}.part-${process.pid}`;
  await rm(made, { recursive: true, force: true });
  let packages = 0;
  try {
    for (const own of sources) {
      const trees = own === host ? tools : await unpackSuites(own, scratch, time, signal);
      if (!trees.ok) return trees;
      const common = { dir: made, tools: tools.value.trixie, files, branches, scratch, signal, log };
      const served = await serveArchitecture(own, { ...common, trees: trees.value });
      if (!served.ok) return served;
      packages = Math.max(packages, served.value);
    }
    for (const branch of branches) await writeSecdb(made, `v${branch.name}`, archs);
    await mkdir(join(made, 'keys'));
    await writeFile(join(made, 'keys', SAMPLE_KEY_NAME), SAMPLE_PUBLIC_KEY);
    await writeFile(join(made, 'releases.json'), releasesJson(branches, archs));
    const summary = { fingerprint, packages, ...(JSON.parse(manifest) as object) };
    await writeFile(join(made, MANIFEST), `${JSON.stringify(summary, undefined, 2)}\n`);
    await replace(target, made);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return ok({ ...report, cached: false, packages });
}

/** Reads the files that the user named before anything is fetched. */
async function readInputs(scratch: string, options: SampleOptions): Promise<Result<Inputs>> {
  const { signal, log } = options;
  const userlands = await readUserlands(options.userland, options.aarch64 === true ? options.userlandArm : undefined);
  if (!userlands.ok) return userlands;
  const real = options.packages === undefined ? ok(undefined) : await readRealPackages(options.packages);
  if (!real.ok) return real;
  const branches = branchesOf(userlands.value.x86_64 ?? userlands.value.aarch64, real.value);
  if (!branches.ok) return branches;
  const files = await sampleFiles(resolve(options.files), branches.value[0].time);
  const download = resolve(options.download ?? join(scratch, 'download'));
  const sourcesOf = async (name: ArchName): Promise<Result<ArchSources>> => {
    const arch = ARCHITECTURES[name];
    // For x86_64, they are directly in the folder, for compatibility.
    const own = name === 'x86_64' ? download : join(download, name);
    const debs = await fetchDebian({ arch, download: own, signal, log });
    if (!debs.ok) return debs;
    const packages = name === 'x86_64' ? real.value : undefined;
    return ok({ arch, debs: debs.value, download: own, userland: userlands.value[name], packages });
  };
  const host = await sourcesOf('x86_64');
  if (!host.ok) return host;
  if (options.aarch64 !== true) return ok({ sources: [host.value], files, branches: branches.value });
  const arm = await sourcesOf('aarch64');
  return arm.ok ? ok({ sources: [host.value, arm.value], files, branches: branches.value }) : arm;
}

async function writeSecdb(made: string, folder: string, archs: readonly ArchName[]): Promise<void> {
  await mkdir(join(made, SECDB, folder), { recursive: true });
  for (const name of ['main', 'community'] as const)
    await writeFile(join(made, secdbPath(`${folder}/${name}`)), secdbJson(folder, name, archs));
}

/** All inputs of the mirror, as canonical JSON. */
function manifestOf({ sources, files, branches }: Inputs): string {
  return JSON.stringify({
    about: "aib's sample mirror: made from Debian packages, signed by a key that is published; not Alpine's",
    format: SAMPLE_FORMAT_VERSION,
    files: files.digest.hash,
    branches,
    archs: sources.map(({ arch, debs, userland, packages }) => ({
      arch: arch.name,
      userland: userland === undefined ? null : { sha256: userland.digest.hash, release: userland.release },
      packages: packages === undefined ? null : { sha256: packages.digest.hash, release: packages.release },
      debian: debs.map(({ suite, name, version, sha256 }) => ({ suite, name, version, sha256 })),
    })),
  });
}

/** The number of packages in an existing mirror with this fingerprint; undefined if there is none. */
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

/** A reader sees the old mirror, briefly none, or the new one. */
async function replace(target: string, made: string): Promise<void> {
  const old = `${target}.old-${process.pid}`;
  if (existsSync(target)) await rename(target, old);
  await rename(made, target);
  await rm(old, { recursive: true, force: true });
}
