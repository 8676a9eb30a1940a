/** A picture in the language of Graphviz, without any layout. */
import type { QueryWorld } from '../../query/graph/world.ts';
import type { Box, Picture } from './picture.ts';

/** Number of labels that a box lists; it counts the others. */
const SHOWN = 5;

export function* dotLines(world: QueryWorld, { boxes, edges }: Picture): Generator<string> {
  const names = boxes.map(box => dotQuoted(labelsOf(world, box).join('\n')));
  yield 'digraph aib {';
  yield '  node [shape=box];';
  for (const [place, box] of boxes.entries()) yield `  ${names[place]} [tooltip=${dotQuoted(tooltip(box))}];`;
  for (const [from, to] of edges) yield `  ${names[from]} -> ${names[to]};`;
  yield '}';
}

/** The first labels of a box, and the number of the others. */
export function labelsOf(world: QueryWorld, { members }: Box): readonly string[] {
  const labels = Array.from(members, member => world.graph.nodes[member]?.label ?? '');
  return labels.length <= SHOWN + 1 ? labels : [...labels.slice(0, SHOWN), `… and ${labels.length - SHOWN} more`];
}

function tooltip({ kind, state, members }: Box): string {
  const count = members.length > 1 ? ` × ${members.length}` : '';
  return state === undefined ? kind + count : `${kind}${count}, ${state}`;
}

function dotQuoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
