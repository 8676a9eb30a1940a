/**
 * What each node is made from, without building anything: the key that its action would have if every input were named by a fingerprint
 * instead of its bytes. Equal fingerprints mean equal results; different ones mean that the bytes may differ. Writes nothing.
 */
import { describe } from '../../engine/build/decide.ts';
import { describeAction } from '../../engine/model/action-key.ts';
import { identityOf } from '../../engine/model/external.ts';
import {
  type Graph,
  inputsOf,
  type Label,
  type MadeNode,
  type Node,
  OBJECT,
  type Outputs,
  reachable,
} from '../../engine/model/graph.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import { digestOf } from '../../store/content/digest.ts';
import type { Intake } from '../../store/sources/intake.ts';
import { type Failure, internal } from '../../util/failure.ts';

interface Fingerprint {
  readonly node: Node;
  readonly key: string;
  /** What the node itself adds to its key: everything except its inputs. */
  readonly own: string;
  readonly outputs: Outputs;
}

export type Fingerprints = ReadonlyMap<Label, Fingerprint>;

/** Of everything that the labels depend on, dependencies first. */
export async function fingerprints(graph: Graph, labels: Iterable<Label>, intake: Intake): Promise<Fingerprints> {
  const found = new Map<Label, Fingerprint>();
  for (const node of reachable(graph, labels)) {
    found.set(node.label, node.type === 'leaf' ? await leafPrint(node, intake) : madePrint(node, found));
  }
  return found;
}

async function leafPrint(node: Extract<Node, { type: 'leaf' }>, intake: Intake): Promise<Fingerprint> {
  const outputs = await node.read(intake);
  if (!outputs.ok) return broken(node, outputs.error);
  const key = JSON.stringify(Object.entries(outputs.value).map(([name, { digest }]) => [name, digest.hash]));
  return { node, key, own: key, outputs: outputs.value };
}

function madePrint(node: MadeNode, found: Fingerprints): Fingerprint {
  const inputs = inputsOf(node, ({ label, output }) => {
    const print = found.get(label);
    if (print === undefined) throw internal(`${label} comes after a node that depends on it`);
    // A broken leaf has none.
    return print.outputs[output] ?? fileOf(`${print.key} ${output}`);
  });
  if (node.type === 'external') {
    const object = node.describe(inputs);
    if (!object.ok) return broken(node, object.error);
    const key = identityOf(object.value);
    return {
      ...{ node, key, own: JSON.stringify([object.value.sort, object.value.parameters]) },
      outputs: { [OBJECT]: fileOf(key) },
    };
  }
  const described = describe(node, inputs);
  if (!described.ok) return broken(node, described.error);
  const { action, encoded } = described.value;
  const own = describeAction(action.spec).filter(({ name }) => !name.startsWith('input '));
  const outputs = Object.entries(action.spec.outputs).map(([name, { type }]) => {
    return [name, { type, digest: digestOf(`${encoded.key} ${name}`) }] as const;
  });
  return { node, key: encoded.key, own: JSON.stringify(own), outputs: Object.fromEntries(outputs) };
}

/** A node that cannot be read or prepared, such as an ISO without a signature in the lock, is the same as long as its fault is the same. */
function broken(node: Node, { what, got = '' }: Failure): Fingerprint {
  const key = `${what} ${got}`;
  return {
    node,
    key,
    own: key,
    outputs: Object.fromEntries((node.outputs ?? []).map(name => [name, fileOf(`${key} ${name}`)])),
  };
}

function fileOf(text: string): Artifact {
  return { type: 'file', digest: digestOf(text) };
}
