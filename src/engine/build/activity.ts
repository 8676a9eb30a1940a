/** What runs and has run in a build: actions and objects. */
import { dependenciesOf, type Label, type Node } from '../model/graph.ts';

export class Activity {
  /** Actions that succeeded, and objects that were created. */
  done = 0;
  readonly #slots = new Set<number>();
  readonly #labels = new Set<Label>();

  /** Whether anything was started, with any result. */
  get started(): boolean {
    return this.#labels.size > 0;
  }

  /** Returns a slot for something that runs in parallel: the lowest that is free, from 0. */
  enter(): number {
    let slot = 0;
    while (this.#slots.has(slot)) slot += 1;
    this.#slots.add(slot);
    return slot;
  }

  leave(slot: number): void {
    this.#slots.delete(slot);
  }

  /** Records that the node ran; returns those of its dependencies that ran before it. */
  noteRun(node: Node): readonly Label[] {
    const after = dependenciesOf(node).filter(dependency => this.#labels.has(dependency));
    this.#labels.add(node.label);
    return after;
  }
}
