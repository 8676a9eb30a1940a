/** Places rectangles from left to right along their edges, with Graphviz's dot. Loads Graphviz (0.8 MB, no native part) only when called. */
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Edge, Point } from './picture.ts';

export interface Arrangement {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each rectangle. */
  readonly corners: readonly Point[];
  /** The control points of the cubic Bézier curves of each edge, 3 n + 1. */
  readonly splines: readonly (readonly Point[])[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Maximum number of boxes and edges together. This number takes a quarter of a minute; twice as many overflow the stack of Graphviz. */
const MOST = 15_000;

/** Sizes and places are pixels, from the upper left; `margin` stays free on all sides. */
export async function arrange(
  sizes: readonly Size[],
  edges: readonly Edge[],
  margin: number,
): Promise<Result<Arrangement>> {
  if (sizes.length === 0) return ok({ width: 2 * margin, height: 2 * margin, corners: [], splines: [] });
  if (sizes.length + edges.length > MOST) {
    return fail({
      code: 'AIB_GRAPH_SIZE',
      what: 'The graph is too large for a layout',
      got: `${sizes.length} boxes and ${edges.length} edges, more than ${MOST} together`,
      hint: 'select a smaller part, leave out --by, or use --output dot',
    });
  }
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  return ok(parsePlain(graphviz.layout(dotOf(sizes, edges), 'plain', 'dot'), sizes, edges, margin));
}

const POINTS_PER_INCH = 72;

/** With more edges than this, curves and the last crossings are not worth their time: 2,700 nodes and 8,600 edges take 6 s instead of 61. */
const MANY = 1_000;
const HASTE = 'splines=line; nslimit=0.1; nslimit1=0.1; mclimit=0.01; ';

function dotOf(sizes: readonly Size[], edges: readonly Edge[]): string {
  const nodes = sizes.map(
    ({ width, height }, place) => `${place} [width=${width / POINTS_PER_INCH}, height=${height / POINTS_PER_INCH}]`,
  );
  const head = `rankdir=LR; nodesep=0.25; ranksep=0.9; ${edges.length > MANY ? HASTE : ''}`;
  return `digraph { ${head}node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none, tailport=e, headport=w];
${nodes.join('\n')}
${edges.map(([from, to]) => `${from} -> ${to}`).join('\n')}
}`;
}

/**
 * The format `plain`, in inches, with the origin at the lower left: `graph SCALE WIDTH HEIGHT`, then `node NAME X Y …` with the middle of each,
 * then `edge FROM TO N X1 Y1 … XN YN …`. The order of nodes and edges differs from the input.
 */
function parsePlain(plain: string, sizes: readonly Size[], edges: readonly Edge[], margin: number): Arrangement {
  const corners: Point[] = [];
  const splines = new Map<string, readonly Point[]>();
  let whole: Size = { width: 0, height: 0 };
  const pointOf = (x: string | undefined, y: string | undefined): Point => ({
    x: margin + Number(x) * POINTS_PER_INCH,
    y: margin + whole.height - Number(y) * POINTS_PER_INCH,
  });
  // Long lines are continued behind a backslash.
  for (const line of plain.replaceAll('\\\n', '').split('\n')) {
    const [type, ...words] = line.split(' ');
    if (type === 'graph') {
      whole = { width: Number(words[1]) * POINTS_PER_INCH, height: Number(words[2]) * POINTS_PER_INCH };
    } else if (type === 'node') {
      const size = sizes[Number(words[0])] ?? { width: 0, height: 0 };
      const middle = pointOf(words[1], words[2]);
      corners[Number(words[0])] = { x: middle.x - size.width / 2, y: middle.y - size.height / 2 };
    } else if (type === 'edge') {
      const points = Array.from({ length: Number(words[2]) }, (_, n) => pointOf(words[3 + 2 * n], words[4 + 2 * n]));
      splines.set(`${words[0]} ${words[1]}`, points);
    }
  }
  return {
    width: whole.width + 2 * margin,
    height: whole.height + 2 * margin,
    corners,
    splines: edges.map(([from, to]) => {
      const points = splines.get(`${from} ${to}`);
      if (points === undefined) throw internal(`Graphviz returned no edge ${from} → ${to}`);
      return points;
    }),
  };
}
