/** A picture in the language of Mermaid, which GitHub and others draw in Markdown. */
import type { QueryWorld } from '../../query/graph/world.ts';
import { labelsOf } from './dot.ts';
import type { Picture } from './picture.ts';

/** Boxes are named by their place in the answer, so the text does not depend on the rest of the graph. */
export function* mermaidLines(world: QueryWorld, { boxes, edges }: Picture): Generator<string> {
  yield 'flowchart TD';
  for (const [place, box] of boxes.entries())
    yield `  n${place}["${labelsOf(world, box).map(mermaidText).join('<br>')}"]`;
  for (const [from, to] of edges) yield `  n${from} --> n${to}`;
}

/** Inside quotes, Mermaid reads only entities specially. */
function mermaidText(text: string): string {
  return text.replaceAll('#', '#35;').replaceAll('"', '#quot;');
}
