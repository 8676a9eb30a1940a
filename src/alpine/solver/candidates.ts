/**
 * The types of the resolver: names, the candidates that provide them, their needs, and why a candidate is out. Data only: universe.ts
 * creates it, solver.ts changes it.
 *
 *     Name ◄── provides ── Candidate ── needs ──► Need ──► Name ──► the candidates that satisfy it
 */
import type { IndexPackage } from '../package/apkindex.ts';
import type { Dependency } from '../package/dependency.ts';
import { satisfies } from '../package/version.ts';

export interface Repository {
  /** For messages and the lock: main, community, a URL. */
  readonly name: string;
  /** Its packages are used only for `name@tag` in the world, and for the dependencies of such a package. */
  readonly tag?: string;
  readonly packages: readonly IndexPackage[];
}

export interface Name {
  readonly text: string;
  /** Complete after the name was discovered. */
  readonly providers: Provider[];
  discovered: boolean;
  /** Dependencies of selected packages and of the world. */
  readonly required: Need[];
  /** `!name` of selected packages and of the world. */
  readonly forbidden: Prohibition[];
  /** `!name` of candidates that are not selected yet. */
  readonly opposed: Prohibition[];
  /** Selected providers: one with a version, or any number without. */
  readonly chosen: Provider[];
}

/** One name that a candidate provides: its own, or a `p:` entry. */
export interface Provider {
  readonly candidate: Candidate;
  readonly name: Name;
  /**
   * As text. Undefined for a bare `p:` entry: it satisfies no dependency with a version, and may coexist with others of its kind. Parsed on
   * demand: parsing all versions would take longer than resolving.
   */
  readonly version: string | undefined;
}

export interface Candidate {
  readonly entry: IndexPackage;
  readonly repository: Repository;
  /** Position of the repository: at a tie, the earlier one wins. */
  readonly order: number;
  readonly provides: readonly Provider[];
  readonly needs: Need[];
  readonly refuses: Prohibition[];
  /** Needs that this candidate can satisfy. */
  readonly supports: Need[];
  /** Tags that are allowed by the packages that require it. */
  readonly allowedTags: Set<string>;
  /** Why it was selected; undefined if it is not. */
  cause: Cause | undefined;
  /** Why it can no longer be selected. */
  out: Reason | undefined;
}

/** A dependency that must be satisfied if its owner is selected. */
export interface Need {
  /** Undefined for the world. */
  readonly from: Candidate | undefined;
  readonly text: string;
  readonly dependency: Dependency;
  readonly name: Name;
  /** The number of candidates that satisfy it and can still be selected. */
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
  /** The selected packages that satisfy its install_if; empty only if all its conditions are prohibitions. */
  | { readonly kind: 'install_if'; readonly of: readonly Candidate[] };

/** Why a candidate is out; each reason refers only to earlier decisions. */
export type Reason =
  | { readonly kind: 'unsatisfied'; readonly need: Need }
  | { readonly kind: 'unreadable'; readonly text: string }
  /** A required dependency needs another version of a name that it provides. */
  | { readonly kind: 'other version wanted'; readonly need: Need }
  /** The world or a selected package has `!name`. */
  | { readonly kind: 'forbidden'; readonly by: Prohibition }
  /** It has `!name` for a selected package. */
  | { readonly kind: 'refuses'; readonly other: Candidate; readonly prohibition: Prohibition }
  | { readonly kind: 'name taken'; readonly other: Candidate; readonly name: Name };

/** Whether the provider matches the dependency (or, for `!name`, the prohibition). */
export function isSatisfiedBy(dependency: Dependency, provider: Provider): boolean {
  const { constraint } = dependency;
  if (constraint === undefined) return true;
  if (constraint.kind === 'checksum') return provider.candidate.entry.checksum === constraint.checksum;
  return provider.version !== undefined && satisfies(provider.version, constraint.op, constraint.version);
}

/** Whether two packages may both provide the same name in this way. */
export function mayCoexist(a: Provider, b: Provider): boolean {
  return a.candidate === b.candidate || (a.version === undefined && b.version === undefined);
}

/** Whether earlier decisions exclude a newly discovered candidate. */
export function whyUnwelcome(provider: Provider): Reason | undefined {
  const { name } = provider;
  const rival = name.chosen.find(chosen => !mayCoexist(chosen, provider));
  if (rival !== undefined) return { kind: 'name taken', other: rival.candidate, name };
  const by = name.forbidden.find(prohibition => isSatisfiedBy(prohibition.dependency, provider));
  return by && { kind: 'forbidden', by };
}
