/** Nodes and the edges between them, independent of what a node makes. Never accepts an invalid graph. */

import type { Artifact } from '../../store/content/artifact.ts';
import { sameDigest } from '../../store/content/digest.ts';
import type { Intake } from '../../store/sources/intake.ts';
import { type Failure, internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Action } from './action.ts';
import type { ExternalObject, Step } from './external.ts';

/** The name of a node: `//aws/x86_64/uefi/tiny@3.20:disk`, `//iso/3.20/x86_64`. */
export type Label = string & { readonly __brand: 'Label' };

export interface Edge {
  readonly label: Label;
  /** The output of that node that is used; only its digest reaches this node's key. */
  readonly output: string;
}

/** Outputs by name. */
export type Outputs = Readonly<Record<string, Artifact>>;

interface NodeBase {
  readonly label: Label;
  readonly kind: string;
  /** Its dependencies, by the names that this node uses for them. */
  readonly inputs: Readonly<Record<string, Edge>>;
  /** Undefined if they are known only after it is read. */
  readonly outputs: readonly string[] | undefined;
}

/** A node whose outputs come from outside the graph, such as an edited file; every build reads it again. */
export interface LeafNode extends NodeBase {
  readonly type: 'leaf';
  readonly inputs: Readonly<Record<string, never>>;
  readonly outputs: undefined;
  /** Absolute paths of the files and folders that it represents. */
  readonly reads: readonly string[];
  /** Returns only artifacts that came through the intake. */
  readonly read: (intake: Intake) => Promise<Result<Outputs>>;
}

/** A node that is made by an action. */
export interface ActionNode extends NodeBase {
  readonly type: 'action';
  readonly outputs: readonly string[];
  /** Pure: the same inputs result in the same action. */
  readonly prepare: (inputs: Outputs) => Result<Action>;
}

/** A node that represents an object of the outside world, which is found there or created. Its output is a file with the object's facts. */
export interface ExternalNode extends NodeBase {
  readonly type: 'external';
  readonly outputs: readonly [typeof OBJECT];
  /** Pure: the same inputs result in the same object. */
  readonly describe: (inputs: Outputs) => Result<ExternalObject>;
  /** The steps that create the object, in order. */
  readonly steps: readonly Step[];
}

export type Node = LeafNode | ActionNode | ExternalNode;

/** A node that is made from its inputs, here or outside. */
export type MadeNode = ActionNode | ExternalNode;

/** The output of an external node. */
export const OBJECT = 'object';

export function leafNode(leaf: Pick<LeafNode, 'label' | 'kind' | 'reads' | 'read'>): LeafNode {
  return { type: 'leaf', ...leaf, inputs: {}, outputs: undefined };
}

export function externalNode(
  node: Pick<ExternalNode, 'label' | 'kind' | 'inputs' | 'describe' | 'steps'>,
): ExternalNode {
  return { type: 'external', ...node, outputs: [OBJECT] };
}

/** The fields that identify a node in events. */
export function nameOf({ label, kind, type }: Node): Pick<NodeBase, 'label' | 'kind'> & { readonly external?: true } {
  return { label, kind, ...(type === 'external' ? { external: true } : {}) };
}

export interface Graph {
  readonly nodes: ReadonlyMap<Label, Node>;
}

/** Checks that labels are unique, that edges lead to existing outputs, and that there is no cycle. */
export function makeGraph(nodes: Iterable<Node>): Result<Graph> {
  const byLabel = new Map<Label, Node>();
  for (const node of nodes) {
    if (byLabel.has(node.label)) return fail(graphFailure(`Two nodes have the label ${node.label}`));
    byLabel.set(node.label, node);
  }
  for (const node of byLabel.values()) {
    for (const { label, output } of edgesOf(node)) {
      const other = byLabel.get(label);
      if (other === undefined) return fail(graphFailure(`${node.label} depends on ${label}, which does not exist`));
      const made: readonly string[] | undefined = other.outputs;
      if (made === undefined || made.includes(output)) continue;
      return fail(
        graphFailure(`${node.label} requires the output ${output} of ${label}, which has only ${made.join(', ')}`),
      );
    }
  }
  const cycle = findCycle(byLabel);
  if (cycle !== undefined) return fail(graphFailure(`The graph has a cycle: ${cycle.join(' → ')}`));
  return ok({ nodes: byLabel });
}

export function edgesOf(node: Node): readonly Edge[] {
  return Object.values(node.inputs);
}

/** Each dependency once, however many of its outputs are consumed. */
export function dependenciesOf(node: Node): readonly Label[] {
  return [...new Set(edgesOf(node).map(edge => edge.label))];
}

export function sameOutputs(a: Outputs | undefined, b: Outputs): boolean {
  if (a === undefined) return false;
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every(name => sameArtifact(a[name], b[name]));
}

export function sameArtifact(a: Artifact | undefined, b: Artifact | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameDigest(a.digest, b.digest) && a.type === b.type && (a.executable === true) === (b.executable === true);
}

/** The argument of a node's `prepare` or `describe`, by the names of its inputs; `artifactOf` returns the artifact of an edge. */
export function inputsOf(node: MadeNode, artifactOf: (edge: Edge) => Artifact): Outputs {
  return Object.fromEntries(Object.entries(node.inputs).map(([name, edge]) => [name, artifactOf(edge)]));
}

/** The same from known outputs; an input that is not among them is left out. */
export function inputsAmong({ inputs }: MadeNode, outputs: ReadonlyMap<Label, Outputs>): Outputs {
  const known = Object.entries(inputs).flatMap(([name, { label, output }]) => {
    const artifact = outputs.get(label)?.[output];
    return artifact === undefined ? [] : [[name, artifact] as const];
  });
  return Object.fromEntries(known);
}

/** The edges whose bytes or facts these steps of an object read. */
export function edgesOfSteps({ label, inputs }: ExternalNode, steps: readonly Step[]): readonly Edge[] {
  const names = new Set(steps.flatMap(({ reads }) => reads));
  return [...names].map(name => {
    const edge = inputs[name];
    if (edge === undefined) throw internal(`${label} reads ${name}, which is not one of its inputs`);
    return edge;
  });
}

/** The targets and all their dependencies, dependencies first; ties in the order of the targets and of each node's inputs. */
export function reachable(graph: Graph, targets: Iterable<Label>): readonly Node[] {
  const order: Node[] = [];
  const seen = new Set<Label>();
  for (const target of targets) {
    const stack: { label: Label; entered: boolean }[] = [{ label: target, entered: false }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const node = graph.nodes.get(top.label);
      if (node === undefined) continue;
      if (top.entered) {
        order.push(node);
      } else if (!seen.has(top.label)) {
        seen.add(top.label);
        stack.push({ label: top.label, entered: true });
        for (const { label } of edgesOf(node).toReversed()) if (!seen.has(label)) stack.push({ label, entered: false });
      }
    }
  }
  return order;
}

/** The labels of one cycle, its first label again at the end. Iterative: graphs are deeper than the call stack. */
function findCycle(nodes: ReadonlyMap<Label, Node>): readonly Label[] | undefined {
  const finished = new Set<Label>();
  for (const start of nodes.keys()) {
    const path: Label[] = [];
    const onPath = new Set<Label>();
    const stack: { label: Label; leaving: boolean }[] = [{ label: start, leaving: false }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { label, leaving } = top;
      if (leaving) {
        finished.add(label);
        onPath.delete(label);
        path.pop();
        continue;
      }
      if (onPath.has(label)) return [...path.slice(path.indexOf(label)), label];
      if (finished.has(label)) continue;
      onPath.add(label);
      path.push(label);
      stack.push({ label, leaving: true });
      const node = nodes.get(label);
      for (const edge of node === undefined ? [] : edgesOf(node)) {
        if (!finished.has(edge.label)) stack.push({ label: edge.label, leaving: false });
      }
    }
  }
  return undefined;
}

function graphFailure(what: string): Failure {
  return { code: 'AIB_GRAPH', what };
}
