/**
 * What to expect of each node, from earlier runs: its duration, its memory, and the duration of everything that follows it (the critical
 * path). Looked up when the first action is about to run: a build where everything is up to date does not need it.
 */
import type { Estimate, History } from '../../store/history/history.ts';
import { edgesOf, type Label, type Node } from '../model/graph.ts';

/** Milliseconds assumed while no action has run. */
const UNKNOWN_MS = 1_000;

export class Estimates {
  readonly #order: readonly Node[];
  readonly #history: History | undefined;
  #known: { readonly labels: ReadonlyMap<string, Estimate>; readonly kinds: ReadonlyMap<string, number> } | undefined;
  #levels: ReadonlyMap<Label, number> | undefined;

  /** `order` has dependencies before dependents; without a history every duration is unknown. */
  constructor(order: readonly Node[], history: History | undefined) {
    this.#order = order;
    this.#history = history;
  }

  /** Expected milliseconds of the node's own action; if it never ran, those of its kind. */
  duration(node: Node): number {
    if (node.type === 'leaf') return 0;
    const { labels, kinds } = this.#look();
    return labels.get(node.label)?.duration ?? kinds.get(node.kind) ?? UNKNOWN_MS;
  }

  /** Whether its duration comes from an earlier run of the node, or of another of its kind. */
  isKnown(node: Node): boolean {
    const { labels, kinds } = this.#look();
    return node.type === 'leaf' || labels.get(node.label)?.duration !== undefined || kinds.has(node.kind);
  }

  /** MiB that it used in earlier runs; undefined if that was not measured. */
  memory({ label }: Node): number | undefined {
    return this.#look().labels.get(label)?.memory;
  }

  /** Bottom level: own duration plus the longest chain of dependents, in milliseconds. */
  priority({ label }: Node): number {
    this.#levels ??= this.#level();
    return this.#levels.get(label) ?? 0;
  }

  #look() {
    if (this.#known !== undefined) return this.#known;
    const labels = this.#history?.estimates() ?? new Map<string, Estimate>();
    const sums = new Map<string, { total: number; count: number }>();
    for (const { kind, duration } of labels.values()) {
      if (duration === undefined) continue;
      const { total, count } = sums.get(kind) ?? { total: 0, count: 0 };
      sums.set(kind, { total: total + duration, count: count + 1 });
    }
    const kinds = new Map([...sums].map(([kind, { total, count }]) => [kind, total / count]));
    this.#known = { labels, kinds };
    return this.#known;
  }

  #level(): ReadonlyMap<Label, number> {
    const levels = new Map<Label, number>();
    for (const node of this.#order.toReversed()) {
      const level = (levels.get(node.label) ?? 0) + this.duration(node);
      levels.set(node.label, level);
      for (const { label } of edgesOf(node)) levels.set(label, Math.max(levels.get(label) ?? 0, level));
    }
    return levels;
  }
}
