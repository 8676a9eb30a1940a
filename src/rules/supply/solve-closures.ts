/**
 * Resolves sets of packages from indexes, after checking their signatures. Reads each index once, and releases it when no other set needs
 * it: a matrix has dozens of them, and each needs a hundred times the memory of its file. Never fetches anything.
 */
import type { ClosurePackage, RepositoryRef, Wishes } from '../../alpine/locking/closures.ts';
import type { IndexPackage } from '../../alpine/package/apkindex.ts';
import { type KeyRing, keysOfRepository } from '../../alpine/package/keys-of-repository.ts';
import { verifyIndex } from '../../alpine/package/verify.ts';
import { compareVersions } from '../../alpine/package/version.ts';
import type { Repository } from '../../alpine/solver/candidates.ts';
import { resolveClosure } from '../../alpine/solver/closure.ts';
import { partFor } from '../../alpine/solver/part.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { E2FSPROGS, toolboxFault } from '../toolbox-packages.ts';
import type { Answers, Chain, ClosureRequest } from './closure-request.ts';
import { isKnown, pinned } from './pins.ts';

/** The requests, with a function that reads the indexes. */
export interface SolveRequest extends KeyRing {
  readonly requests: readonly ClosureRequest[];
  /** The bytes of an APKINDEX.tar.gz by the path of its repository; undefined if it is not there. */
  readonly readIndex: (path: string) => Uint8Array | undefined;
}

export async function solveClosures(job: SolveRequest, signal: AbortSignal): Promise<Result<Answers>> {
  const closures = new Map<string, readonly ClosurePackage[]>();
  const failures = new Map<string, Failure>();
  const chains = new Map<string, readonly Chain[]>();
  const shelf = new Shelf(job);
  for (const request of shelf.inOrder) {
    signal.throwIfAborted();
    const repositories = await shelf.take(request.wishes.repositories);
    // An unreadable index is not the fault of one request.
    if (!repositories.ok) return repositories;
    const solved = solve(request, pinned(repositories.value, request.pins ?? []));
    if (solved.ok) {
      closures.set(request.key, solved.value.packages);
      if (request.explain !== undefined) chains.set(request.key, solved.value.chains);
    } else failures.set(request.key, solved.error);
    shelf.giveBack(request.wishes.repositories);
  }
  return ok({ closures, failures, chains, parsed: shelf.parsed });
}

/** The indexes in memory, each as long as a later request needs it. */
class Shelf {
  /** Requests with the same repositories are next to each other. */
  readonly inOrder: readonly ClosureRequest[];
  parsed = 0;
  readonly #job: SolveRequest;
  readonly #wanted = new Map<string, number>();
  readonly #read = new Map<string, Result<readonly IndexPackage[]>>();

  constructor(job: SolveRequest) {
    this.#job = job;
    const placed = job.requests.map(request => [JSON.stringify(request.wishes.repositories), request] as const);
    this.inOrder = placed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, request]) => request);
    for (const { wishes } of job.requests)
      for (const { path } of wishes.repositories) this.#wanted.set(path, (this.#wanted.get(path) ?? 0) + 1);
  }

  async take(refs: readonly RepositoryRef[]): Promise<Result<readonly Repository[]>> {
    const repositories: Repository[] = [];
    for (const { path, tag } of refs) {
      const packages = this.#read.get(path) ?? (await this.#readIndex(path));
      this.#read.set(path, packages);
      if (!packages.ok) return packages;
      repositories.push({ name: path, packages: packages.value, ...(tag === undefined ? {} : { tag }) });
    }
    return ok(repositories);
  }

  giveBack(refs: readonly RepositoryRef[]): void {
    for (const { path } of refs) {
      const left = (this.#wanted.get(path) ?? 0) - 1;
      this.#wanted.set(path, left);
      if (left <= 0) this.#read.delete(path);
    }
  }

  async #readIndex(path: string): Promise<Result<readonly IndexPackage[]>> {
    const bytes = this.#job.readIndex(path);
    if (bytes === undefined) {
      return fail({
        code: 'AIB_NOT_LOCKED',
        what: `The lock does not have the package index ${path}`,
        hint: 'run aib update with a mirror that serves it',
      });
    }
    this.parsed += 1;
    const index = await verifyIndex(bytes, keysOfRepository(path, this.#job), path);
    return index.ok ? ok(index.value.packages) : index;
  }
}

interface Solved {
  readonly packages: readonly ClosurePackage[];
  readonly chains: readonly Chain[];
}

function solve(request: ClosureRequest, repositories: readonly Repository[]): Result<Solved> {
  const { wishes, toolboxOf } = request;
  if (wishes.alone === true) return ok({ packages: namedPackages(wishes, repositories), chains: [] });
  const solved = solveWishes(request, repositories);
  if (!solved.ok || toolboxOf === undefined) return solved;
  const e2fsprogs = solved.value.packages.find(({ name }) => name === E2FSPROGS.name);
  const fault = e2fsprogs && toolboxFault(e2fsprogs.version, toolboxOf, e2fsprogs.index);
  return fault === undefined ? solved : fail(fault);
}

function solveWishes(
  { wishes: { world, noScripts, shared = [] }, explain = [] }: ClosureRequest,
  repositories: readonly Repository[],
): Result<Solved> {
  const everything = resolveClosure({ world, repositories });
  if (!everything.ok) return everything;
  // Without packages that are only needed by packages without scripts.
  const scripted =
    noScripts.length === 0
      ? everything
      : resolveClosure({ world: world.filter(name => !noScripts.includes(name)), repositories });
  if (!scripted.ok) return scripted;
  const scripts = scripted.value.map(resolved => resolved.package);
  const [names, base] = [namesOf(scripts), namesOf(partFor(scripts.filter(isKnown), shared))];
  return ok({
    packages: everything.value.map(({ package: entry, repository }) =>
      chosen(entry, repository, { scripts: names.has(entry.name), ...(base.has(entry.name) ? { base: true } : {}) }),
    ),
    chains: everything.value.flatMap(({ package: { name }, chain }) => (explain.includes(name) ? [chain] : [])),
  });
}

/** For each name the newest version in the first repository that has it, if any. */
function namedPackages({ world }: Wishes, repositories: readonly Repository[]): readonly ClosurePackage[] {
  return world.flatMap(name => {
    for (const repository of repositories) {
      const versions = repository.packages.filter(entry => entry.name === name);
      const newest = versions.sort((a, b) => compareVersions(b.version, a.version))[0];
      if (newest !== undefined) return [chosen(newest, repository.name, { scripts: true })];
    }
    return [];
  });
}

function namesOf(packages: readonly IndexPackage[]): ReadonlySet<string> {
  return new Set(packages.map(({ name }) => name));
}

function chosen(entry: IndexPackage, index: string, facts: Pick<ClosurePackage, 'scripts' | 'base'>): ClosurePackage {
  const { name, version, checksum, size, origin, license } = entry;
  // Copied: slices of the index's text would keep all of it in memory.
  return JSON.parse(
    JSON.stringify({ index, name, version, checksum, size, origin, license, ...facts }),
  ) as ClosurePackage;
}
