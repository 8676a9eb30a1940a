/** A picture as SVG: as a file, or as a part of the graph page. Uses nothing from outside the file, and no script. */

import { escapeMarkup } from '../page/markup.ts';
import { KIND_ICONS, OTHER_ICON, STATE_ICONS } from './icons.ts';
import { BOX_HEIGHT, heading, type Layout, type Rectangle, TEXT_LEFT } from './layout.ts';
import type { Box, Picture } from './picture.ts';

/** A complete SVG file. `style` is the text of picture.css. */
export function* svgLines(picture: Picture, layout: Layout, style: string): Generator<string> {
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Graph of ${picture.boxes.length} boxes">`;
  yield `<style>${style}</style>`;
  yield '<rect class="paper" width="100%" height="100%"/>';
  yield* sceneLines(picture, layout);
  yield '</svg>';
}

/** The content of an `svg` element. Boxes are `#box-0`, `#box-1` …; the paths of class `edge` are in the order of the picture's edges. */
export function* sceneLines({ boxes, edges }: Picture, layout: Layout): Generator<string> {
  yield '<defs>';
  yield '<marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="arrow" d="M0 .5L8 4L0 7.5z"/></marker>';
  const kinds = new Map(boxes.map(({ kind }) => [kindIconId(kind), kindIcon(kind)]));
  for (const [id, data] of kinds) yield iconSymbol(id, data);
  for (const state of new Set(boxes.map(box => box.state))) {
    if (state !== undefined) yield iconSymbol(stateIconId(state), STATE_ICONS[state] ?? OTHER_ICON);
  }
  yield '</defs>';
  for (const frame of layout.frames) yield `<rect class="frame" ${placed(frame)} rx="8"/>`;
  for (const [place] of edges.entries())
    yield `<path class="edge" marker-end="url(#arrow)" d="${layout.paths[place] ?? ''}"/>`;
  for (const [place, box] of boxes.entries()) {
    const rectangle = layout.boxes[place];
    if (rectangle !== undefined) yield* boxLines(box, place, rectangle);
  }
  for (const { x, y, width, height, caption } of layout.frames) {
    const size = Math.min(height / 3, width / caption.length);
    const middle = `x="${round(x + width / 2)}" y="${round(y + height / 2 + size / 3)}"`;
    yield `<text class="caption" ${middle} font-size="${round(size)}">${escapeMarkup(caption)}</text>`;
  }
}

/** Used by the legend, too. */
export function icon(data: string, size = 16): string {
  return `<svg class="icon" viewBox="0 0 16 16" width="${size}" height="${size}" aria-hidden="true"><path d="${data}"/></svg>`;
}

export function kindIcon(kind: string): string {
  return KIND_ICONS[kind] ?? OTHER_ICON;
}

function* boxLines(box: Box, place: number, { x, y, width }: Rectangle): Generator<string> {
  const { state, label, members } = box;
  const text = heading(box);
  yield `<g class="box${state === undefined ? '' : ` ${escapeMarkup(state)}`}" id="box-${place}" transform="translate(${round(x)} ${round(y)})">`;
  yield `<title>${escapeMarkup(`${label} (${[text, ...(state === undefined ? [] : [state])].join(', ')})`)}</title>`;
  // A box of several nodes looks like a pile.
  if (members.length > 1) yield shape(box, width, 4);
  yield shape(box, width, 0);
  yield `<use class="icon" href="#${kindIconId(box.kind)}" x="13" y="${(BOX_HEIGHT - 18) / 2}" width="18" height="18"/>`;
  yield `<text class="heading" x="${TEXT_LEFT}" y="19">${escapeMarkup(text)}</text>`;
  if (state !== undefined) {
    yield `<use class="icon" href="#${stateIconId(state)}" x="${width - 24}" y="9" width="12" height="12"/>`;
    yield `<text class="state" x="${width - 28}" y="19">${escapeMarkup(state)}</text>`;
  }
  yield `<text x="${TEXT_LEFT}" y="35">${escapeMarkup(label)}</text>`;
  yield '</g>';
}

/** Round ends for nodes without dependencies, corners for built nodes. */
function shape({ isLeaf }: Box, width: number, shift: number): string {
  return `<rect class="shape" x="${shift}" y="${shift}" width="${width}" height="${BOX_HEIGHT}" rx="${isLeaf ? BOX_HEIGHT / 2 : 5}"/>`;
}

function iconSymbol(id: string, data: string): string {
  return `<symbol id="${id}" viewBox="0 0 16 16"><path d="${data}"/></symbol>`;
}

function stateIconId(state: string): string {
  return `state-${Object.hasOwn(STATE_ICONS, state) ? state : 'other'}`;
}

function kindIconId(kind: string): string {
  return `kind-${Object.hasOwn(KIND_ICONS, kind) ? kind : 'other'}`;
}

function placed({ x, y, width, height }: Rectangle): string {
  return `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
