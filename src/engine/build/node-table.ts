/** The nodes of one build, and the artifacts of its edges. Only the build changes the states that it returns. */

import type { Artifact } from '../../store/content/artifact.ts';
import { internal } from '../../util/failure.ts';
import {
  dependenciesOf,
  type Edge,
  type Graph,
  inputsOf,
  type Label,
  type MadeNode,
  type Node,
  type Outputs,
  reachable,
} from '../model/graph.ts';
import { NodeState } from './node-state.ts';

export class NodeTable {
  /** Dependencies before dependents. */
  readonly order: readonly Node[];
  readonly #states = new Map<Label, NodeState>();

  constructor(graph: Graph, targets: Iterable<Label>) {
    this.order = reachable(graph, targets);
    for (const node of this.order) {
      const state = new NodeState(node);
      this.#states.set(node.label, state);
      for (const label of dependenciesOf(node)) {
        this.get(label).dependents.push(state);
        state.pending += 1;
      }
    }
  }

  get(label: Label): NodeState {
    const state = this.#states.get(label);
    if (state === undefined) throw internal(`${label} is not part of this build`);
    return state;
  }

  /** The artifact of an edge, once its node has settled for the first time. */
  artifact({ label, output }: Edge): Artifact {
    const artifact = this.get(label).lastOutputs?.[output];
    if (artifact === undefined) throw internal(`${label} has no output ${output}`);
    return artifact;
  }

  inputsOf(node: MadeNode): Outputs {
    return inputsOf(node, edge => this.artifact(edge));
  }

  /** The outputs of all nodes that have settled. */
  outputs(): ReadonlyMap<Label, Outputs> {
    const outputs = new Map<Label, Outputs>();
    for (const [label, { phase }] of this.#states) {
      if (phase.status === 'settled') outputs.set(label, phase.outputs);
    }
    return outputs;
  }

  /** The number of nodes of each kind. */
  kinds(): Readonly<Record<string, number>> {
    const kinds: Record<string, number> = {};
    for (const { kind } of this.order) kinds[kind] = (kinds[kind] ?? 0) + 1;
    return kinds;
  }

  /** Nodes with an action that did not run. */
  hits(): readonly Label[] {
    return [...this.#states].flatMap(([label, { hit, phase }]) => (hit && phase.status === 'settled' ? [label] : []));
  }

  /** Those of the hits whose result came from a cache, with its name. */
  taken(): ReadonlyMap<Label, string> {
    const names = new Map<Label, string>();
    for (const label of this.hits()) {
      const from = this.get(label).origin?.from;
      if (from !== undefined) names.set(label, from);
    }
    return names;
  }

  /** Nodes that were not started, each with the cause: a node that failed, or the stop of the build. */
  skipped(): readonly { readonly node: Node; readonly because: Label | 'stopped' }[] {
    const skipped: { node: Node; because: Label | 'stopped' }[] = [];
    const blocked = new Map<Label, Label>();
    for (const node of this.order) {
      const { status } = this.get(node.label).phase;
      if (status === 'settled') continue;
      if (status === 'failed') {
        blocked.set(node.label, node.label);
        continue;
      }
      const culprit = dependenciesOf(node)
        .map(label => blocked.get(label))
        .find(label => label !== undefined);
      if (culprit !== undefined) blocked.set(node.label, culprit);
      skipped.push({ node, because: culprit ?? 'stopped' });
    }
    return skipped;
  }
}
