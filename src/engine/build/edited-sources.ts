/**
 * Which leaves were edited since this build read them. The result is correct for what was read, and recorded under that key; but a user
 * who edited a file meanwhile would take it for the new state. Never reads a file whose stat tuple is the same.
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
