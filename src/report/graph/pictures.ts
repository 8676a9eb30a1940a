/** The output formats of a picture, as lines of text. Formats with large dependencies load them only on request. */
import type { NodeSet } from '../../query/graph/node-set.ts';
import type { QueryWorld } from '../../query/graph/world.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import { ok, type Result } from '../../util/result.ts';
import { dotLines } from './dot.ts';
import { mermaidLines } from './mermaid.ts';
import { type Picture, pictureOf } from './picture.ts';

export interface PictureRequest {
  readonly world: QueryWorld;
  readonly nodes: NodeSet;
  /** The query, as typed. */
  readonly title: string;
  readonly factored: boolean;
  /** Attributes that the nodes of one box must have in common. */
  readonly by: readonly string[];
  /** The outputs of the newest successful run of a node, by name. */
  readonly madeBy: (label: string) => Readonly<Record<string, Artifact>>;
}

type Draw = (request: PictureRequest, pictures: Pictures) => Promise<Result<Iterable<string>>>;

interface Pictures {
  readonly picture: Picture;
  /** The same nodes, factored. */
  readonly skeleton: () => Picture;
}

const FORMS = {
  dot: async ({ world }, { picture }) => ok(dotLines(world, picture)),

  mermaid: async ({ world }, { picture }) => ok(mermaidLines(world, picture)),

  svg: async (_, { picture, skeleton }) => {
    const { layOut } = await import('./layout.ts');
    const { svgLines } = await import('./svg.ts');
    const { pictureStyle } = await import('./assets.ts');
    const layout = await layOut(picture, skeleton());
    return layout.ok ? ok(svgLines(picture, layout.value, pictureStyle())) : layout;
  },

  html: async (request, { picture, skeleton }) => {
    const { layOut } = await import('./layout.ts');
    const { htmlLines } = await import('./html.ts');
    const { pageScript, pageStyle } = await import('./assets.ts');
    const layout = await layOut(picture, skeleton());
    if (!layout.ok) return layout;
    return ok(htmlLines({ ...request, picture, layout: layout.value, style: pageStyle(), script: pageScript() }));
  },
} as const satisfies Readonly<Record<string, Draw>>;

export type PictureForm = keyof typeof FORMS;

export const PICTURE_FORMS = Object.keys(FORMS) as readonly PictureForm[];

export function isPictureForm(name: string): name is PictureForm {
  return Object.hasOwn(FORMS, name);
}

export async function draw(form: PictureForm, request: PictureRequest): Promise<Result<Iterable<string>>> {
  const by: ((node: number) => readonly string[])[] = [];
  for (const name of request.by) {
    const texts = request.world.attribute(name);
    if (!texts.ok) return texts;
    by.push(texts.value);
  }
  const { world, nodes, factored } = request;
  const picture = pictureOf(world, nodes, { factored, by });
  const skeleton = (): Picture => (factored ? picture : pictureOf(world, nodes, { factored: true, by }));
  return FORMS[form](request, { picture, skeleton });
}
