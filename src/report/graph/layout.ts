/**
 * The places of everything in a picture, in pixels. The same picture has the same layout each time.
 *
 * Graphviz places *blocks*: the boxes of the factored picture. In a factored picture each block is one box. If every node is drawn, the
 * nodes of a block form a grid, so a graph of thousands of nodes takes no longer than its factored form and looks like it. For comparison:
 * Graphviz alone took a minute for 2,700 nodes, in a picture 1 metre wide and 26 metres high.
 */
import { ok, type Result } from '../../util/result.ts';
import { type Arrangement, arrange } from './arrange.ts';
import type { Box, Edge, Picture, Point } from './picture.ts';

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The rectangle of each box. */
  readonly boxes: readonly Rectangle[];
  /** A frame around each block of several boxes. */
  readonly frames: readonly Frame[];
  /** The data of an SVG path for each edge, which ends at the tip of its arrow. */
  readonly paths: readonly string[];
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Frame extends Rectangle {
  /** Kind and number of its boxes: `disk × 96`. */
  readonly caption: string;
}

export const BOX_HEIGHT = 46;
/** Space left of the text, for the icon, and right of it. */
export const TEXT_LEFT = 40;
const TEXT_RIGHT = 12;
/** Width of a character of both lines, in the fonts that svg.ts names, rounded up. */
const CHARACTER = 6.7;
const GAP = 10;
const FRAME = 8;
const MARGIN = 20;

/** `skeleton` is the factored picture of the same nodes. A picture that is too large is a failure. */
export async function layOut(picture: Picture, skeleton: Picture): Promise<Result<Layout>> {
  const blocks = membersOfBlocks(picture, skeleton);
  const grids = blocks.map(boxes => gridOf(boxes.map(box => picture.boxes[box])));
  const arranged = await arrange(grids, skeleton.edges, MARGIN);
  return arranged.ok ? ok(placed({ picture, skeleton, blocks, grids, arranged: arranged.value })) : arranged;
}

interface Parts {
  readonly picture: Picture;
  readonly skeleton: Picture;
  readonly blocks: readonly (readonly number[])[];
  readonly grids: readonly Grid[];
  readonly arranged: Arrangement;
}

function placed({ picture, skeleton, blocks, grids, arranged }: Parts): Layout {
  const boxes: Rectangle[] = [];
  const frames: Frame[] = [];
  for (const [block, members] of blocks.entries()) {
    const grid = grids[block];
    const corner = arranged.corners[block];
    const whole = skeleton.boxes[block];
    if (grid === undefined || corner === undefined || whole === undefined) continue;
    if (members.length > 1) frames.push({ ...corner, width: grid.width, height: grid.height, caption: heading(whole) });
    for (const [place, box] of members.entries()) boxes[box] = cell(grid, place, corner);
  }
  const paths =
    picture === skeleton ? arranged.splines.map(splinePath) : picture.edges.map(edge => straightPath(edge, boxes));
  return { width: arranged.width, height: arranged.height, boxes, frames, paths };
}

/** The first line of a box, next to its state. */
export function heading({ kind, members }: Box): string {
  return members.length === 1 ? kind : `${kind} × ${members.length}`;
}

function membersOfBlocks(picture: Picture, skeleton: Picture): readonly (readonly number[])[] {
  if (picture === skeleton) return skeleton.boxes.map((_, place) => [place]);
  const places = new Map(picture.boxes.map(({ members }, place) => [members[0], place]));
  return skeleton.boxes.map(({ members }) => Array.from(members, node => places.get(node) ?? 0));
}

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly cellWidth: number;
  readonly inset: number;
}

/** The blocks of one rank are below each other, so a block of many boxes is about twice as wide as high. */
function gridOf(boxes: readonly (Box | undefined)[]): Grid {
  const cellWidth = Math.max(...boxes.map(box => (box === undefined ? 0 : boxWidth(box))));
  const columns = Math.max(1, Math.round(Math.sqrt((2 * boxes.length * (BOX_HEIGHT + GAP)) / (cellWidth + GAP))));
  const rows = Math.ceil(boxes.length / columns);
  const inset = boxes.length > 1 ? FRAME : 0;
  return {
    width: columns * (cellWidth + GAP) - GAP + 2 * inset,
    height: rows * (BOX_HEIGHT + GAP) - GAP + 2 * inset,
    columns,
    cellWidth,
    inset,
  };
}

function cell({ columns, cellWidth, inset }: Grid, place: number, corner: Point): Rectangle {
  const column = place % columns;
  const row = Math.floor(place / columns);
  return {
    x: corner.x + inset + column * (cellWidth + GAP),
    y: corner.y + inset + row * (BOX_HEIGHT + GAP),
    width: cellWidth,
    height: BOX_HEIGHT,
  };
}

function boxWidth(box: Box): number {
  const first = heading(box).length + (box.state === undefined ? 0 : box.state.length + 5);
  return Math.ceil(TEXT_LEFT + Math.max(first, box.label.length) * CHARACTER + TEXT_RIGHT);
}

/** A start, then two control points and an end for each piece. */
function splinePath([start, ...rest]: readonly Point[]): string {
  if (start === undefined) return '';
  return `M${at(start)}C${rest.map(at).join(' ')}`;
}

function straightPath([from, to]: Edge, boxes: readonly Rectangle[]): string {
  const [source, target] = [boxes[from], boxes[to]];
  if (source === undefined || target === undefined) return '';
  const start = { x: source.x + source.width, y: source.y + source.height / 2 };
  const end = { x: target.x, y: target.y + target.height / 2 };
  const bend = Math.max(30, Math.abs(end.x - start.x) / 3);
  return `M${at(start)}C${at({ ...start, x: start.x + bend })} ${at({ ...end, x: end.x - bend })} ${at(end)}`;
}

function at({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
