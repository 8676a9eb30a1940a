/** The critical path: how long each node's work and everything that follows it is expected to take, from recorded durations. */
import type { History } from '../store/history.ts';
import { edgesOf, type Label, type Node } from './graph.ts';

/** Milliseconds assumed for a kind that has never run here. */
const UNKNOWN_MS = 1_000;

export interface Estimates {
  /** Expected milliseconds of each node's own action. */
  readonly duration: (node: Node) => number;
  /** Whether that comes from something that ran, the node itself or another of its kind. */
  readonly isKnown: (node: Node) => boolean;
  /** Bottom level: own duration plus the longest chain of dependents. */
  readonly priority: ReadonlyMap<Label, number>;
}

/** `order` has dependencies before dependents; without a history every kind is unknown. */
export function estimate(order: readonly Node[], history: History | undefined): Estimates {
  const { byLabel, byKind } = history?.durations() ?? { byLabel: new Map(), byKind: new Map() };
  const duration = (node: Node): number =>
    node.type === 'leaf' ? 0 : (byLabel.get(node.label) ?? byKind.get(node.kind) ?? UNKNOWN_MS);
  const priority = new Map<Label, number>();
  for (const node of order.toReversed()) {
    const level = (priority.get(node.label) ?? 0) + duration(node);
    priority.set(node.label, level);
    for (const { label } of edgesOf(node)) priority.set(label, Math.max(priority.get(label) ?? 0, level));
  }
  const isKnown = (node: Node): boolean => node.type === 'leaf' || byLabel.has(node.label) || byKind.has(node.kind);
  return { duration, isKnown, priority };
}
