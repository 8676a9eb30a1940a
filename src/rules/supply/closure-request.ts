/** What is to be worked out of package indexes, and what came of it. Data only, so that it can be done in another process. */
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
  /** In the lock. */
  readonly key: string;
  readonly wishes: Wishes;
  /** Packages that are to stay as they are, whatever the indexes have by now. */
  readonly pins?: readonly ClosurePackage[];
  /** Names of packages of which is to be told who asked for them. */
  readonly explain?: readonly string[];
  /** Set for the tools that lay disks out: the version that they come from, since not every version's will do. */
  readonly toolboxOf?: string;
}

/** The keys are those that signatures of the indexes are checked against. */
export interface SolveJob extends KeyRing {
  readonly requests: readonly ClosureRequest[];
  /** APKINDEX.tar.gz by the path of its repository, as they were fetched. */
  readonly indexes: ReadonlyMap<string, Uint8Array>;
}

export interface Answers {
  readonly closures: ReadonlyMap<string, readonly ClosurePackage[]>;
  /** Why there is no closure, by key. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** By key: how the world comes to each package that was to be explained, itself last: `['world', 'openssh', 'openssl-libs']`. */
  readonly chains: ReadonlyMap<string, readonly Chain[]>;
  /** How many indexes were read. */
  readonly parsed: number;
}

export type Chain = readonly string[];

/** Works requests out; each index is read once, however many ask for it. */
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

/** Undefined for an architecture that no firmware is known for. */
export function firmwareRequest(builder: string, arch: string): ClosureRequest | undefined {
  const firmware = FIRMWARE_PACKAGES[arch];
  if (firmware === undefined) return undefined;
  const repositories = builderRepositories(builder, arch);
  const wishes = { world: [firmware.name], noScripts: [], repositories, alone: true };
  return { key: closureKey(`${builder}/${arch}`, wishes), wishes };
}

/** Answers as they go from one process to another: small, since most closures have most packages in common. */
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
