/**
 * Builds everything again from the files in the lock: files are fetched again, and each node gets the outputs that its inputs have this
 * time. So a node that differs may make its dependents differ, which shows how far a difference reaches. Never records anything.
 */
import { describe } from '../../engine/build/decide.ts';
import { type ActionNode, inputsAmong, type Label, type Outputs } from '../../engine/model/graph.ts';
import { type NodeVerdict, type Rebuilding, type RunVerdict, runOnce, verdictOf } from './rebuild.ts';
import { varied } from './variations.ts';

export interface SourcedNode {
  readonly node: ActionNode;
  /** The recorded outputs. */
  readonly outputs: Outputs;
}

/**
 * `nodes`: inputs first. `known`: outputs that are neither built nor fetched here, such as files of the project. `onRun` is called after
 * each run.
 */
export async function rebuildFromSources(
  nodes: readonly SourcedNode[],
  known: ReadonlyMap<Label, Outputs>,
  rebuilding: Rebuilding,
  onRun: (label: Label, verdict: RunVerdict) => void,
): Promise<readonly NodeVerdict[]> {
  const runs = new Map<Label, RunVerdict[]>(nodes.map(({ node }) => [node.label, []]));
  // Files are fetched by digest, so the variations do not change them.
  const fetched = new Map<Label, Outputs>();
  for (const run of rebuilding.runs) {
    const made = new Map<Label, Outputs>([...known, ...fetched]);
    for (const { node, outputs } of nodes) {
      if (rebuilding.signal.aborted) return [];
      if (fetched.has(node.label)) continue;
      // An input could not be built again.
      if (!Object.values(node.inputs).every(({ label, output }) => made.get(label)?.[output] !== undefined)) continue;
      const described = describe(node, inputsAmong(node, made));
      if (!described.ok) continue;
      const { action, encoded } = described.value;
      const built = { label: node.label, kind: node.kind, action, key: encoded.key, outputs };
      // A fetch runs in this process, where nothing can be varied.
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
