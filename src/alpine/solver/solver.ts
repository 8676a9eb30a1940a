/**
 * Selects the candidates to install, by apk's rules: forward checking without backtracking. It looks a little further ahead than apk, and
 * so skips versions for which apk fails. Never guesses between bare providers: a name that several packages provide without a version needs
 * a priority or a choice.
 *
 * Each step selects one provider of one required name, names without alternatives first, and rules out all candidates that conflict with
 * it. A candidate is also ruled out if the last provider of one of its needs is. When no name is pending, packages with a satisfied
 * install_if are added, until there are none.
 */
import { internal } from '../../util/failure.ts';
import type { IndexPackage } from '../package/apkindex.ts';
import type { Dependency } from '../package/dependency.ts';
import {
  type Candidate,
  type Cause,
  isSatisfiedBy,
  mayCoexist,
  type Name,
  type Need,
  type Prohibition,
  type Provider,
  type Reason,
  type Repository,
} from './candidates.ts';
import { preferred } from './preference.ts';
import { type Trigger, Universe } from './universe.ts';

/** Why the search failed. */
export type Dead =
  /** A required name without a provider that is left and may be selected. */
  | { readonly kind: 'unsatisfied'; readonly need: Need }
  /** A selected package that a later selection rules out. */
  | { readonly kind: 'clash'; readonly candidate: Candidate; readonly reason: Reason };

/** The apk that will install the packages. The two differ in the meaning of `!name` in an install_if. */
export type ApkMajor = 2 | 3;

interface Choice {
  readonly candidate: Candidate;
  readonly cause: Cause;
}

/** The choice that is left for a name: none, the version of one package, or the package. */
type Openness = 'none' | 'versions' | 'packages';
const ORDER: readonly Openness[] = ['none', 'versions', 'packages'];

export class Solver {
  readonly universe: Universe;
  readonly selected: Candidate[] = [];
  readonly #pending = new Set<Name>();
  readonly #triggered = new Map<IndexPackage, Trigger>();
  readonly #apk: ApkMajor;
  #dead: Dead | undefined;

  constructor(repositories: readonly Repository[], apk: ApkMajor) {
    this.#apk = apk;
    this.universe = new Universe(repositories, (candidate, reason) => this.#ruleOut(candidate, reason));
  }

  /** Undefined on success: then `selected` is the closure. */
  solve(world: readonly { readonly text: string; readonly dependency: Dependency }[]): Dead | undefined {
    for (const { text, dependency } of world) {
      if (dependency.conflict) this.#forbid({ from: undefined, text, dependency }, this.universe.name(dependency.name));
    }
    const needs = world.flatMap(({ text, dependency }) =>
      dependency.conflict ? [] : [this.universe.need(undefined, text, dependency)],
    );
    this.universe.expand();
    for (const need of needs) this.#require(need);
    while (this.#dead === undefined) {
      const next = this.#nextName() ?? this.#nextTriggered();
      if (next === undefined) break;
      this.#select(next.candidate, next.cause);
    }
    return this.#dead;
  }

  /** The pending name with the smallest choice. */
  #nextName(): Choice | undefined {
    let next = this.#leastOpen();
    while (next !== undefined && next.choice !== 'none' && this.#narrow()) next = this.#leastOpen();
    if (next === undefined) {
      const need = this.#pending.values().next().value?.required[0];
      if (need !== undefined) this.#dead ??= { kind: 'unsatisfied', need };
      return undefined;
    }
    if (this.#dead !== undefined) return undefined;
    const { name, provider } = next;
    this.#pending.delete(name);
    const need = name.required.find(required => isSatisfiedBy(required.dependency, provider));
    if (need === undefined) throw internal(`${name.text} is pending, but nothing requires it`);
    return { candidate: provider.candidate, cause: { kind: 'needed', need } };
  }

  #leastOpen(): { name: Name; provider: Provider; choice: Openness } | undefined {
    let best: { name: Name; provider: Provider; choice: Openness } | undefined;
    for (const name of this.#pending) {
      if (name.chosen.length > 0) {
        this.#pending.delete(name);
        continue;
      }
      // Providers that may not be selected by default count, too: one of them may still be selected for another reason.
      // So do those of tagged repositories that are not allowed yet: a dependency of a tagged wish can allow them.
      const choice = openness(name.providers.filter(({ candidate }) => candidate.out === undefined));
      const eligible = name.providers.filter(isEligible);
      if (best !== undefined && ORDER.indexOf(choice) >= ORDER.indexOf(best.choice)) continue;
      const provider = preferred(name, eligible.filter(mayBeTaken));
      if (provider !== undefined) best = { name, provider, choice };
      if (best?.choice === 'none') break;
    }
    return best;
  }

  /** If only versions of one package can provide a pending name, its other versions are ruled out. True if any was. */
  #narrow(): boolean {
    let narrowed = false;
    for (const name of this.#pending) {
      const alive = name.providers.filter(({ candidate }) => candidate.out === undefined);
      const own = alive[0]?.candidate.provides[0]?.name;
      const [need] = name.required;
      if (own === undefined || own === name || need === undefined || openness(alive) === 'packages') continue;
      for (const { candidate } of own.providers) {
        if (candidate.out !== undefined || alive.some(provider => provider.candidate === candidate)) continue;
        this.#ruleOut(candidate, { kind: 'other version wanted', need });
        narrowed = true;
      }
    }
    return narrowed;
  }

  /** A package with a satisfied install_if: the first by name, so that the order of the index does not matter. */
  #nextTriggered(): Choice | undefined {
    if (this.#dead !== undefined) return undefined;
    const fulfilled: { own: Provider; of: readonly Candidate[] }[] = [];
    for (const [entry, trigger] of this.#triggered) {
      const of = this.#fulfilling(trigger);
      if (of === undefined) {
        // It is added again when another name in its install_if is chosen.
        this.#triggered.delete(entry);
        continue;
      }
      const candidate = this.universe.candidate(trigger);
      if (candidate.cause !== undefined || candidate.out !== undefined) {
        this.#triggered.delete(entry);
        continue;
      }
      for (const parent of of) allowTags(candidate, parent.allowedTags);
      this.universe.expand();
      const own = candidate.provides[0];
      if (own === undefined || !isEligible(own)) continue;
      fulfilled.push({ own, of });
    }
    const [first] = fulfilled;
    if (first === undefined) return undefined;
    const { name } = fulfilled.reduce((least, { own }) => (own.name.text < least.name.text ? own : least), first.own);
    const rivals = fulfilled.filter(({ own }) => own.name === name);
    const best = preferred(
      name,
      rivals.map(({ own }) => own),
    );
    const of = rivals.find(({ own }) => own === best)?.of ?? [];
    return best && { candidate: best.candidate, cause: { kind: 'install_if', of } };
  }

  /** The selected packages that satisfy its install_if; undefined if it is not satisfied. */
  #fulfilling({ entry }: Trigger): readonly Candidate[] | undefined {
    const parents: Candidate[] = [];
    for (const text of entry.installIf) {
      const dependency = this.universe.dependency(text);
      if (dependency === undefined) return undefined;
      // apk 2 treats such a condition as not satisfied while the name is not chosen; after that it really is not satisfied.
      if (dependency.conflict && this.#apk === 2) return undefined;
      const match = this.universe.name(dependency.name).chosen.find(chosen => isSatisfiedBy(dependency, chosen));
      if ((match === undefined) !== dependency.conflict) return undefined;
      if (match !== undefined) parents.push(match.candidate);
    }
    return parents;
  }

  #select(candidate: Candidate, cause: Cause): void {
    candidate.cause = cause;
    this.selected.push(candidate);
    for (const provider of candidate.provides) this.#take(provider);
    for (const prohibition of candidate.refuses) {
      this.#forbid(prohibition, this.universe.name(prohibition.dependency.name));
    }
    this.universe.expand();
    for (const need of candidate.needs) this.#require(need);
    for (const { name } of candidate.provides) {
      for (const trigger of this.universe.triggeredBy(name)) this.#triggered.set(trigger.entry, trigger);
    }
  }

  #take(provider: Provider): void {
    const { name, candidate } = provider;
    name.chosen.push(provider);
    for (const rival of name.providers) {
      if (!mayCoexist(rival, provider)) this.#ruleOut(rival.candidate, { kind: 'name taken', other: candidate, name });
    }
    for (const prohibition of name.opposed) {
      const opponent = prohibition.from;
      if (opponent === undefined || opponent === candidate || !isSatisfiedBy(prohibition.dependency, provider))
        continue;
      this.#ruleOut(opponent, { kind: 'refuses', other: candidate, prohibition });
    }
  }

  #forbid(prohibition: Prohibition, name: Name): void {
    name.forbidden.push(prohibition);
    for (const provider of name.providers) {
      // A package may have `!name` for a name that it provides itself: then it means other providers.
      if (provider.candidate === prohibition.from || !isSatisfiedBy(prohibition.dependency, provider)) continue;
      this.#ruleOut(provider.candidate, { kind: 'forbidden', by: prohibition });
    }
  }

  #require(need: Need): void {
    need.name.required.push(need);
    if (need.alive === 0) this.#dead ??= { kind: 'unsatisfied', need };
    const tags = need.from?.allowedTags ?? (need.dependency.tag === undefined ? [] : [need.dependency.tag]);
    for (const provider of need.name.providers) {
      if (isSatisfiedBy(need.dependency, provider)) allowTags(provider.candidate, tags);
      else this.#ruleOut(provider.candidate, { kind: 'other version wanted', need });
    }
    if (need.name.chosen.length === 0) this.#pending.add(need.name);
  }

  #ruleOut(first: Candidate, why: Reason): void {
    const queue: [Candidate, Reason][] = [[first, why]];
    for (const [candidate, reason] of queue) {
      if (candidate.out !== undefined) continue;
      candidate.out = reason;
      if (candidate.cause !== undefined) this.#dead ??= { kind: 'clash', candidate, reason };
      for (const need of candidate.supports) {
        need.alive -= 1;
        if (need.alive > 0) continue;
        if (need.from !== undefined) queue.push([need.from, { kind: 'unsatisfied', need }]);
        else if (need.name.required.includes(need)) this.#dead ??= { kind: 'unsatisfied', need };
      }
    }
  }
}

/** Whether a provider may be selected only because its name is required. */
function mayBeTaken({ candidate, name, version }: Provider): boolean {
  if (version !== undefined || candidate.entry.providerPriority > 0) return true;
  // Its own name is required, so it is installed anyway.
  if ((candidate.provides[0]?.name.required.length ?? 0) > 0) return true;
  return name.providers.every(provider => provider.candidate.entry.name === candidate.entry.name);
}

function isEligible({ candidate }: Provider): boolean {
  return candidate.out === undefined && isTagAllowed(candidate);
}

export function isTagAllowed({ repository, allowedTags }: Candidate): boolean {
  return repository.tag === undefined || allowedTags.has(repository.tag);
}

function openness(providers: readonly Provider[]): Openness {
  const [first] = providers;
  if (providers.every(({ candidate }) => candidate === first?.candidate)) return 'none';
  return providers.every(({ candidate }) => candidate.entry.name === first?.candidate.entry.name)
    ? 'versions'
    : 'packages';
}

/** Allows tags for a candidate and for all its dependencies, also if the candidate was selected before. */
function allowTags(candidate: Candidate, tags: Iterable<string>): void {
  const before = candidate.allowedTags.size;
  for (const tag of tags) candidate.allowedTags.add(tag);
  if (candidate.allowedTags.size === before || candidate.cause === undefined) return;
  for (const need of candidate.needs) {
    for (const provider of need.name.providers) {
      if (isSatisfiedBy(need.dependency, provider)) allowTags(provider.candidate, candidate.allowedTags);
    }
  }
}
