/** Records the state changes of nodes, for tests of the course of builds instead of their results. */
import { setImmediate as breath } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';
import { NodeState, type NodeStatus } from '../../src/engine/build/node-state.ts';
import type { Label } from '../../src/engine/model/graph.ts';
import { label } from './rig.ts';

export interface Change {
  readonly name: Label;
  readonly from: NodeStatus;
  readonly to: NodeStatus;
}

/** Each change of any node from now on to the end of the test; may be emptied between two builds. */
export function watchStates(): Change[] {
  const changes: Change[] = [];
  const enter = NodeState.prototype.enter;
  const spy = vi.spyOn(NodeState.prototype, 'enter').mockImplementation(function (this: NodeState, to) {
    const { status: from } = this.phase;
    enter.call(this, to);
    changes.push({ name: this.node.label, from, to: to.status });
  });
  onTestFinished(() => spy.mockRestore());
  return changes;
}

export async function untilChanged(changes: readonly Change[], name: string, to: NodeStatus): Promise<void> {
  while (!changes.some(change => change.name === label(name) && change.to === to)) await breath();
}
