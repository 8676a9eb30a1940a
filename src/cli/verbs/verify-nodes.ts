/** Which nodes of a built project `aib verify` rebuilds, and from which inputs. Builds nothing. */
import { existsSync } from 'node:fs';
import { describe } from '../../engine/build/decide.ts';
import { inputsAmong, type Label, type Outputs, reachable } from '../../engine/model/graph.ts';
import type { Store } from '../../store/store.ts';
import type { SourcedNode } from '../../verify/rebuild/from-sources.ts';
import type { BuiltNode } from '../../verify/rebuild/rebuild.ts';
import type { BuiltProject } from '../session/build-flow.ts';

export interface BuiltNodes {
  readonly nodes: readonly BuiltNode[];
  /** Including the fetched ones. */
  readonly sourced: readonly SourcedNode[];
  /** Nodes that have outputs but no action. */
  readonly known: ReadonlyMap<Label, Outputs>;
  readonly absent: readonly Label[];
}

/** All nodes that the targets depend on and that are built here, inputs first. A fetched file is already checked by its digest. */
export function builtNodes({ project, outputs, store, targets }: BuiltProject): BuiltNodes {
  const nodes: BuiltNode[] = [];
  const sourced: SourcedNode[] = [];
  const known = new Map<Label, Outputs>();
  const absent: Label[] = [];
  const asked = targets.map(({ label }) => label);
  for (const node of reachable(project.graph, asked)) {
    const { label, kind } = node;
    const made = outputs.get(label);
    if (made === undefined) continue;
    if (node.type !== 'action') {
      known.set(label, made);
      continue;
    }
    const inputs = inputsAmong(node, outputs);
    const described = describe(node, inputs);
    if (!described.ok) continue;
    sourced.push({ node, outputs: made });
    const { action, encoded } = described.value;
    if (action.sort === 'fetch') continue;
    const isHere = [...Object.values(inputs), ...Object.values(made)].every(each => isInStore(each, store));
    if (isHere) nodes.push({ label, kind, action, key: encoded.key, outputs: made });
    else absent.push(label);
  }
  return { nodes, sourced, known, absent };
}

function isInStore({ digest }: Outputs[string], store: Store): boolean {
  return existsSync(store.blobs.path(digest));
}
