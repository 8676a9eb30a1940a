/** The part of the repositories that a world can reach, as a graph that grows on demand of the resolver; never selects anything itself. */
import type { IndexPackage } from '../package/apkindex.ts';
import { type Dependency, parseDependency } from '../package/dependency.ts';
import {
  type Candidate,
  isSatisfiedBy,
  type Name,
  type Need,
  type Provider,
  type Reason,
  type Repository,
  whyUnwelcome,
} from './candidates.ts';
import { listed, type PackageTable, packageTable } from './package-table.ts';

export type OnOut = (candidate: Candidate, reason: Reason) => void;

export interface Trigger {
  readonly entry: IndexPackage;
  /** Position of its repository. */
  readonly order: number;
}

export class Universe {
  readonly #repositories: readonly {
    repository: Repository;
    table: PackageTable;
    known: Map<IndexPackage, Candidate>;
  }[];
  readonly #names = new Map<string, Name>();
  readonly #dependencies = new Map<string, Dependency | undefined>();
  readonly #unexpanded: Candidate[] = [];
  readonly #onOut: OnOut;

  /** `onOut` is called for candidates that turn out to be impossible during discovery. */
  constructor(repositories: readonly Repository[], onOut: OnOut) {
    this.#onOut = onOut;
    this.#repositories = repositories.map(repository => ({
      repository,
      table: packageTable(repository.packages),
      known: new Map(),
    }));
  }

  name(text: string): Name {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = { text, providers: [], discovered: false, required: [], forbidden: [], opposed: [], chosen: [] };
      this.#names.set(text, name);
    }
    return name;
  }

  /** The parsed dependency; undefined if the text is invalid. */
  dependency(text: string): Dependency | undefined {
    if (!this.#dependencies.has(text)) {
      const parsed = parseDependency(text);
      this.#dependencies.set(text, parsed.ok ? parsed.value : undefined);
    }
    return this.#dependencies.get(text);
  }

  /** The dependency as an edge of the graph, with the candidates of its name. Call `expand` before anything is selected. */
  need(from: Candidate | undefined, text: string, dependency: Dependency): Need {
    const name = this.#discover(dependency.name);
    const need = { from, text, dependency, name, alive: 0 };
    const satisfying = new Set<Candidate>();
    for (const provider of name.providers) if (isSatisfiedBy(dependency, provider)) satisfying.add(provider.candidate);
    for (const candidate of satisfying) {
      candidate.supports.push(need);
      if (candidate.out === undefined) need.alive += 1;
    }
    return need;
  }

  /** Follows the needs of all candidates found so far, and of the candidates that this finds. */
  expand(): void {
    for (let candidate = this.#unexpanded.pop(); candidate !== undefined; candidate = this.#unexpanded.pop()) {
      for (const text of candidate.entry.depends) {
        const dependency = this.dependency(text);
        if (dependency === undefined) this.#onOut(candidate, { kind: 'unreadable', text });
        else if (dependency.conflict) this.#oppose(candidate, text, dependency);
        else this.#follow(candidate, text, dependency);
      }
    }
  }

  /** Packages with this name in their install_if. Not yet candidates: few become one, and following all their needs would be expensive. */
  *triggeredBy(name: Name): Generator<Trigger> {
    for (const [order, { table }] of this.#repositories.entries()) {
      for (const entry of listed(table.triggered, name.text)) yield { entry, order };
    }
  }

  /** All names that packages provide, for suggestions. */
  *allNames(): Generator<string> {
    for (const { table } of this.#repositories) yield* table.providers.keys();
  }

  #discover(text: string): Name {
    const name = this.name(text);
    if (!name.discovered) {
      name.discovered = true;
      for (const [order, { table }] of this.#repositories.entries()) {
        for (const entry of listed(table.providers, text)) this.candidate({ entry, order });
      }
    }
    return name;
  }

  /** The candidate of an entry; always the same one. Call `expand` before it is selected. */
  candidate({ entry, order }: Trigger): Candidate {
    const place = this.#repositories[order];
    const known = place?.known.get(entry);
    if (place === undefined || known !== undefined) return known as Candidate;
    const provides: Provider[] = [];
    const candidate: Candidate = {
      entry,
      repository: place.repository,
      order,
      provides,
      needs: [],
      refuses: [],
      supports: [],
      allowedTags: new Set(),
      cause: undefined,
      out: undefined,
    };
    place.known.set(entry, candidate);
    provides.push({ candidate, name: this.name(entry.name), version: entry.version });
    for (const text of entry.provides) {
      const equals = text.indexOf('=');
      const name = this.name(equals < 0 ? text : text.slice(0, equals));
      const version = equals < 0 ? undefined : text.slice(equals + 1);
      if (name.text !== entry.name) provides.push({ candidate, name, version });
    }
    for (const provider of provides) {
      provider.name.providers.push(provider);
      const reason = whyUnwelcome(provider);
      if (reason !== undefined) this.#onOut(candidate, reason);
    }
    this.#unexpanded.push(candidate);
    return candidate;
  }

  #follow(candidate: Candidate, text: string, dependency: Dependency): void {
    const need = this.need(candidate, text, dependency);
    candidate.needs.push(need);
    if (need.alive === 0) this.#onOut(candidate, { kind: 'unsatisfied', need });
  }

  #oppose(candidate: Candidate, text: string, dependency: Dependency): void {
    const prohibition = { from: candidate, text, dependency };
    const name = this.name(dependency.name);
    candidate.refuses.push(prohibition);
    name.opposed.push(prohibition);
    for (const chosen of name.chosen) {
      if (chosen.candidate === candidate || !isSatisfiedBy(dependency, chosen)) continue;
      this.#onOut(candidate, { kind: 'refuses', other: chosen.candidate, prohibition });
    }
  }
}
