/** What runs and has run in a build, of whatever sort. */
import { dependenciesOf, type Label, type Node } from '../model/graph.ts';

export class Activity {
  /** Actions that ran to a good end, and objects that were made. */
  done = 0;
  readonly #slots = new Set<number>();
  readonly #labels = new Set<Label>();

  /** Whether anything was started, whatever became of it. */
  get started(): boolean {
    return this.#labels.size > 0;
  }

  /** Gives a place among those that run side by side: the lowest that is free, from 0. */
  enter(): number {
    let slot = 0;
    while (this.#slots.has(slot)) slot += 1;
    this.#slots.add(slot);
    return slot;
  }

  leave(slot: number): void {
    this.#slots.delete(slot);
  }

  /** Notes that the node ran; gives those of its dependencies that did before it. */
  noteRun(node: Node): readonly Label[] {
    const after = dependenciesOf(node).filter(dependency => this.#labels.has(dependency));
    this.#labels.add(node.label);
    return after;
  }
}
