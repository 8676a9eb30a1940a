/**
 * The graph that all contestants build: node i joins its own source with the output of node (i-1)/2, so that one change affects a few more
 * nodes, but not all.
 *
 *     s0 ─► 0 ─┬─► 1 ─┬─► 3 …       100 sources to a folder; node i runs `cat SOURCE [INPUT] > OUTPUT`
 *     s1 ──────┤      └─► 4 …
 *     s2 ──────┴─► 2 ───► 5 …
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SyntheticNode {
  readonly index: number;
  /** Relative to the folder of the graph. */
  readonly source: string;
  readonly output: string;
  /** The node whose output it reads. */
  readonly input: number | undefined;
}

const PER_FOLDER = 100;

export function syntheticNode(index: number): SyntheticNode {
  const part = Math.floor(index / PER_FOLDER);
  const input = index === 0 ? undefined : Math.floor((index - 1) / 2);
  return { index, source: `src/${part}/${index}.txt`, output: `out/${part}/${index}.txt`, input };
}

export function syntheticNodes(size: number): readonly SyntheticNode[] {
  return Array.from({ length: size }, (_, index) => syntheticNode(index));
}

export function writeSources(folder: string, size: number): void {
  for (const { index, source } of syntheticNodes(size)) {
    if (index % PER_FOLDER === 0) mkdirSync(join(folder, source, '..'), { recursive: true });
    writeFileSync(join(folder, source), `source ${index}\n`);
  }
}

/** The node whose source is changed to measure a small change: three steps before the last node. */
export function changedNode(size: number): SyntheticNode {
  let node = syntheticNode(size - 1);
  for (let step = 0; step < 3; step += 1) node = syntheticNode(node.input ?? 0);
  return node;
}

/** How many nodes run when the source of this one changed. */
export function countDependents(index: number, size: number): number {
  const found = [index];
  for (const next of found) found.push(...[2 * next + 1, 2 * next + 2].filter(child => child < size));
  return found.length;
}
