/**
 * The words of the resolver: names, the candidates that provide them, what those need and why one of them is out. Data only: universe.ts
 * makes it, solver.ts changes it.
 *
 *     Name ◄── provides ── Candidate ── needs ──► Need ──► Name ──► the candidates that satisfy it
 */
import type { IndexPackage } from '../package/apkindex.ts';
import type { Dependency } from '../package/dependency.ts';
import { satisfies } from '../package/version.ts';

export interface Repository {
  /** For messages and the lock: main, community, a URL. */
  readonly name: string;
  /** Its packages are used only where `name@tag` in the world asks for them, and below such a package. */
  readonly tag?: string;
  readonly packages: readonly IndexPackage[];
}

export interface Name {
  readonly text: string;
  /** Complete once the name was discovered. */
  readonly providers: Provider[];
  discovered: boolean;
  /** Needs of selected packages and of the world. */
  readonly required: Need[];
  /** `!name` of selected packages and of the world. */
  readonly forbidden: Prohibition[];
  /** `!name` of candidates that are not selected yet. */
  readonly opposed: Prohibition[];
  /** Selected providers: one with a version, or any number without. */
  readonly chosen: Provider[];
}

/** One name that a candidate answers to: its own, or a `p:` entry. */
export interface Provider {
  readonly candidate: Candidate;
  readonly name: Name;
  /** As written. Undefined for a bare `p:` entry: it satisfies no versioned dependency, and may coexist with others of its kind. Parsed where it is needed: most never are, and parsing all would take longer than resolving. */
  readonly version: string | undefined;
}

export interface Candidate {
  readonly entry: IndexPackage;
  readonly repository: Repository;
  /** Position of the repository: earlier ones win ties. */
  readonly order: number;
  readonly provides: readonly Provider[];
  readonly needs: Need[];
  readonly refuses: Prohibition[];
  /** Needs that this candidate would satisfy. */
  readonly supports: Need[];
  /** Tags of repositories that its requirers allow. */
  readonly allowedTags: Set<string>;
  /** Why it was selected; undefined if it is not. */
  cause: Cause | undefined;
  /** Why it cannot be selected any more. */
  out: Reason | undefined;
}

/** A dependency that must be satisfied if its owner is selected. */
export interface Need {
  /** Undefined for the world. */
  readonly from: Candidate | undefined;
  readonly text: string;
  readonly dependency: Dependency;
  readonly name: Name;
  /** How many candidates that satisfy it can still be selected. */
  alive: number;
}

/** A `!dependency`. */
export interface Prohibition {
  readonly from: Candidate | undefined;
  readonly text: string;
  readonly dependency: Dependency;
}

export type Cause =
  | { readonly kind: 'needed'; readonly need: Need }
  /** The selected packages that fulfil its install_if; at least one, unless it is all prohibitions. */
  | { readonly kind: 'install_if'; readonly of: readonly Candidate[] };

/** Why a candidate is out; each refers only to what was so before. */
export type Reason =
  | { readonly kind: 'unsatisfied'; readonly need: Need }
  | { readonly kind: 'unreadable'; readonly text: string }
  /** A required dependency wants another version of a name that it provides. */
  | { readonly kind: 'other version wanted'; readonly need: Need }
  /** The world or a selected package says `!name`. */
  | { readonly kind: 'forbidden'; readonly by: Prohibition }
  /** It says `!name` of a selected package. */
  | { readonly kind: 'refuses'; readonly other: Candidate; readonly prohibition: Prohibition }
  | { readonly kind: 'name taken'; readonly other: Candidate; readonly name: Name };

/** Whether the provider is what the dependency (or, for `!name`, the prohibition) speaks of. */
export function isSatisfiedBy(dependency: Dependency, provider: Provider): boolean {
  const { constraint } = dependency;
  if (constraint === undefined) return true;
  if (constraint.kind === 'checksum') return provider.candidate.entry.checksum === constraint.checksum;
  return provider.version !== undefined && satisfies(provider.version, constraint.op, constraint.version);
}

/** Whether two packages may both provide the name that these provide. */
export function mayCoexist(a: Provider, b: Provider): boolean {
  return a.candidate === b.candidate || (a.version === undefined && b.version === undefined);
}

/** What was decided before a candidate was discovered may rule it out at once. */
export function whyUnwelcome(provider: Provider): Reason | undefined {
  const { name } = provider;
  const rival = name.chosen.find(chosen => !mayCoexist(chosen, provider));
  if (rival !== undefined) return { kind: 'name taken', other: rival.candidate, name };
  const by = name.forbidden.find(prohibition => isSatisfiedBy(prohibition.dependency, provider));
  return by && { kind: 'forbidden', by };
}
