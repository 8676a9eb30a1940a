/** The critical path: how long each node's work and everything that follows it is expected to take, from recorded durations. */
import type { History } from '../store/history.ts';
import { edgesOf, type Label, type Node } from './graph.ts';

/** Milliseconds assumed for a kind that has never run here. */
const UNKNOWN_MS = 1_000;

export interface Estimates {
  /** Expected milliseconds of each node's own action. */
  readonly duration: (node: Node) => number;
  /** Bottom level: own duration plus the longest chain of dependents. */
  readonly priority: ReadonlyMap<Label, number>;
}

/** `order` has dependencies before dependents. */
export function estimate(order: readonly Node[], history: History): Estimates {
  const { byLabel, byKind } = history.durations();
  const duration = (node: Node): number =>
    node.type === 'leaf' ? 0 : (byLabel.get(node.label) ?? byKind.get(node.kind) ?? UNKNOWN_MS);
  const priority = new Map<Label, number>();
  for (const node of order.toReversed()) {
    const level = (priority.get(node.label) ?? 0) + duration(node);
    priority.set(node.label, level);
    for (const { label } of edgesOf(node)) priority.set(label, Math.max(priority.get(label) ?? 0, level));
  }
  return { duration, priority };
}
