/** Requests to resolve sets of packages, and their answers. Data only, so that another process can do the work. */
import {
  type ClosurePackage,
  closureKey,
  closurePackages,
  type Wishes,
  withClosures,
} from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import type { KeyRing } from '../../alpine/package/keys-of-repository.ts';
import type { Failure } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import { FIRMWARE_PACKAGES } from '../firmware-packages.ts';
import { builderRepositories } from '../package-set.ts';
import { toolboxPackages } from '../toolbox-packages.ts';

export interface ClosureRequest {
  /** The key in the lock. */
  readonly key: string;
  readonly wishes: Wishes;
  /** Packages that keep their version, even if the indexes have a newer one. */
  readonly pins?: readonly ClosurePackage[];
  /** Names of packages to explain: the answer has the chain of dependencies to each. */
  readonly explain?: readonly string[];
  /** Set for the tools that lay out disks: their version, since old versions are not suitable. */
  readonly toolboxOf?: string;
}

/** The keys are for the signatures of the indexes. */
export interface SolveJob extends KeyRing {
  readonly requests: readonly ClosureRequest[];
  /** The fetched APKINDEX.tar.gz by the path of its repository. */
  readonly indexes: ReadonlyMap<string, Uint8Array>;
}

export interface Answers {
  readonly closures: ReadonlyMap<string, readonly ClosurePackage[]>;
  /** Why there is no closure, by key. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** By key: the chain of dependencies to each explained package: `['world', 'openssh', 'openssl-libs']`. */
  readonly chains: ReadonlyMap<string, readonly Chain[]>;
  /** The number of indexes that were read. */
  readonly parsed: number;
}

export type Chain = readonly string[];

/** Resolves requests; each index is read once. */
export type ClosureSolver = (job: SolveJob, signal: AbortSignal) => Promise<Result<Answers>>;

/** `place` is `3.20/x86_64`. */
export function variantRequest(place: string, { world, noScripts, repositories, shared = [] }: Wishes): ClosureRequest {
  const wishes = { world, noScripts, repositories, shared };
  return { key: closureKey(place, wishes), wishes };
}

export function toolboxRequest(builder: string, arch: string): ClosureRequest {
  const wishes = { world: toolboxPackages(arch), noScripts: [], repositories: builderRepositories(builder, arch) };
  return { key: closureKey(`${builder}/${arch}`, wishes), wishes, toolboxOf: builder };
}

/** Undefined for an architecture without firmware. */
export function firmwareRequest(builder: string, arch: string): ClosureRequest | undefined {
  const firmware = FIRMWARE_PACKAGES[arch];
  if (firmware === undefined) return undefined;
  const repositories = builderRepositories(builder, arch);
  const wishes = { world: [firmware.name], noScripts: [], repositories, alone: true };
  return { key: closureKey(`${builder}/${arch}`, wishes), wishes };
}

/** Answers in the form for another process: small, because most closures share most packages. */
interface AnswersText extends Pick<Lock, 'packages' | 'closures'> {
  readonly failures: readonly (readonly [string, Failure])[];
  readonly chains: readonly (readonly [string, readonly Chain[]])[];
  readonly parsed: number;
}

export function writeAnswers({ closures, failures, chains, parsed }: Answers): string {
  const tables = withClosures({ packages: {}, closures: {} }, closures, 'replace');
  return JSON.stringify({ ...tables, failures: [...failures], chains: [...chains], parsed } satisfies AnswersText);
}

export function readAnswers(text: string): Answers {
  const { failures, chains, parsed, ...tables } = JSON.parse(text) as AnswersText;
  const closures = Object.keys(tables.closures).map(key => [key, closurePackages(tables, key) ?? []] as const);
  return { closures: new Map(closures), failures: new Map(failures), chains: new Map(chains), parsed };
}
