/**
 * Which leaves were edited since this build read them. What was built is right for what was read, and recorded under the key of that; but
 * whoever edited meanwhile would take it for the new state. Never looks inside anything whose stat tuple is the same.
 */
import { LookingIntake } from '../../store/sources/intake.ts';
import type { Store } from '../../store/store.ts';
import { type LeafNode, sameOutputs } from '../model/graph.ts';
import type { NodeTable } from './node-table.ts';

export async function editedSources(states: NodeTable, store: Store): Promise<readonly LeafNode[]> {
  if (!store.sources.hasMoved()) return [];
  const edited: LeafNode[] = [];
  const intake = new LookingIntake(store.sources);
  for (const node of states.order) {
    const { lastOutputs } = states.get(node.label);
    if (node.type !== 'leaf' || lastOutputs === undefined) continue;
    const now = await node.read(intake);
    if (!now.ok || !sameOutputs(lastOutputs, now.value)) edited.push(node);
  }
  return edited;
}
