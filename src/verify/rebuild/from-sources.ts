/**
 * Builds everything again from what the lock names: what is fetched is fetched again, and each node takes what was made of its inputs this time. So
 * one that differs may make those behind it differ, which says how far a difference reaches. Records nothing.
 */
import { describe } from '../../engine/build/decide.ts';
import { type ActionNode, inputsAmong, type Label, type Outputs } from '../../engine/model/graph.ts';
import { type NodeVerdict, type Rebuilding, type RunVerdict, runOnce, verdictOf } from './rebuild.ts';
import { varied } from './variations.ts';

export interface SourcedNode {
  readonly node: ActionNode;
  /** On record. */
  readonly outputs: Outputs;
}

/**
 * `nodes`: inputs first. `known`: what is neither made nor fetched here, files of the project among it. `onRun` is called as runs of nodes end.
 */
export async function rebuildFromSources(
  nodes: readonly SourcedNode[],
  known: ReadonlyMap<Label, Outputs>,
  rebuilding: Rebuilding,
  onRun: (label: Label, verdict: RunVerdict) => void,
): Promise<readonly NodeVerdict[]> {
  const runs = new Map<Label, RunVerdict[]>(nodes.map(({ node }) => [node.label, []]));
  // Bytes that come by their digest are the same whatever is varied here.
  const fetched = new Map<Label, Outputs>();
  for (const run of rebuilding.runs) {
    const made = new Map<Label, Outputs>([...known, ...fetched]);
    for (const { node, outputs } of nodes) {
      if (rebuilding.signal.aborted) return [];
      if (fetched.has(node.label)) continue;
      // What it takes could not be made again.
      if (!Object.values(node.inputs).every(({ label, output }) => made.get(label)?.[output] !== undefined)) continue;
      const described = describe(node, inputsAmong(node, made));
      if (!described.ok) continue;
      const { action, encoded } = described.value;
      const built = { label: node.label, kind: node.kind, action, key: encoded.key, outputs };
      // A fetch runs in this very process, where nothing can be another.
      const variations = action.sort === 'fetch' ? [] : varied(run);
      const { comparison, made: now } = await runOnce(built, variations, rebuilding);
      const verdict = { run: run.name, round: run.round, ...comparison };
      runs.get(node.label)?.push(verdict);
      onRun(node.label, verdict);
      if (now === undefined) continue;
      made.set(node.label, now);
      if (action.sort === 'fetch') fetched.set(node.label, now);
    }
  }
  return nodes.flatMap(({ node }) => {
    const own = runs.get(node.label) ?? [];
    return own.length === 0 ? [] : [verdictOf(node, own)];
  });
}
