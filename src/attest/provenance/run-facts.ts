/**
 * The environment of a run, stored in its folder beside its log: a later run that finds its results reports this environment, not its own.
 * Never part of a key or an output, and never a reason for a build to fail.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { basename, join } from 'node:path';
import { toolVersion } from '../../qemu/host-tools.ts';
import type { Project } from '../../rules/project/project.ts';
import { digestOf } from '../../store/content/digest.ts';
import { RUN_FACTS } from '../../store/history/run-retention.ts';
import type { Store } from '../../store/store.ts';
import { AIB_VERSION } from '../../util/aib-version.ts';
import { packageLock, programFolder } from '../../util/files/home.ts';

/** Names and versions of the software on which aib and its actions ran. */
export interface BuilderFacts {
  readonly version: Readonly<Record<string, string>>;
  /**
   * SHA-256 of aib's own files, by path: its programs, which contain the hashes of their parts, and the list of packages that they load.
   */
  readonly programs: Readonly<Record<string, string>>;
}

/** Options of the command line that change the project; not set if they were not given. */
export interface Asked {
  readonly mirror?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
  readonly vars?: readonly string[] | undefined;
  readonly custom?: readonly string[] | undefined;
}

export interface RunFacts {
  readonly builder: BuilderFacts;
  readonly asked: Asked;
  /** Mirrors of Alpine, in the order of use. */
  readonly mirrors: readonly string[];
  /** Name and SHA-256 of its file. */
  readonly lock: { readonly name: string; readonly sha256: string };
  /** SHA-256 of the package indexes in the lock, by the paths of their repositories. */
  readonly indexes: Readonly<Record<string, string>>;
}

/** `architectures`: those for which a machine was started. */
export function builderFacts(architectures: Iterable<string>): BuilderFacts {
  const version: Record<string, string> = {
    aib: AIB_VERSION,
    node: process.versions.node,
    os: `${process.platform} ${release()}`,
    arch: process.arch,
  };
  for (const arch of architectures) {
    const tool = `qemu-system-${arch}`;
    const found = toolVersion(tool);
    if (found !== undefined) version[tool] = found;
  }
  const files = [...['aib.mjs', 'builtin.mjs'].map(name => join(programFolder(), name)), packageLock()];
  return {
    version,
    programs: Object.fromEntries(files.map(path => [basename(path), digestOf(readFileSync(path)).hash])),
  };
}

export function runFacts(project: Project, asked: Asked, builder: BuilderFacts): RunFacts {
  const { lock, lockPath, mirror } = project;
  return {
    builder,
    asked,
    mirrors: mirror.places.map(({ spec }) => spec),
    lock: { name: lockPath.slice(project.workspace.folder.length + 1), sha256: digestOf(readFileSync(lockPath)).hash },
    indexes: Object.fromEntries(Object.entries(lock.indexes).map(([path, { hash }]) => [path, hash])),
  };
}

/** If the facts cannot be determined or written, they are unknown later. */
export function keepRunFacts(store: Store, run: number, facts: () => RunFacts): void {
  const folder = store.runFolder(run);
  try {
    const text = `${JSON.stringify(facts())}\n`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, RUN_FACTS), text);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** Undefined if the run has no facts: it ran with an older aib, was killed, or was too long ago. */
export function factsOfRun(store: Store, run: number): RunFacts | undefined {
  try {
    return JSON.parse(readFileSync(join(store.runFolder(run), RUN_FACTS), 'utf8')) as RunFacts;
  } catch {
    return undefined;
  }
}
