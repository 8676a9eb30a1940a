/**
 * A picture as one HTML file, which contains styles, script and all facts about its nodes. It loads nothing from elsewhere, which its head
 * (src/report/page/page-head.ts) enforces.
 */
import type { QueryWorld } from '../../query/graph/world.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import { formatBytes } from '../../util/bytes.ts';
import { escapeMarkup, scriptJson } from '../page/markup.ts';
import { pageHeadLines } from '../page/page-head.ts';
import { formatDuration } from '../text/duration.ts';
import { STATE_ICONS } from './icons.ts';
import type { Layout } from './layout.ts';
import type { PageData, PageNode } from './page/data.ts';
import type { Picture } from './picture.ts';
import { icon, kindIcon, sceneLines } from './svg.ts';

export interface PageOptions {
  /** The query, as typed. */
  readonly title: string;
  readonly world: QueryWorld;
  readonly picture: Picture;
  readonly layout: Layout;
  /** The outputs of the newest successful run of a node, by name. */
  readonly madeBy: (label: string) => Readonly<Record<string, Artifact>>;
  readonly style: string;
  readonly script: string;
}

export function* htmlLines(options: PageOptions): Generator<string> {
  const { title, picture, layout, style, script } = options;
  const data = pageData(options);
  yield* pageHeadLines({ title: `${title} · aib graph`, style, script });
  yield '<body>';
  yield* headerLines(title, data);
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  yield `<svg id="picture" viewBox="0 0 ${width} ${height}" tabindex="0" role="group" aria-label="Graph. Arrow keys move, plus and minus zoom, 0 shows the whole graph.">`;
  yield* sceneLines(picture, layout);
  yield '</svg>';
  yield '<aside>';
  yield '<section id="details" aria-label="Details" aria-live="polite"></section>';
  yield* legendLines(picture);
  yield '</aside>';
  yield `<script type="application/json" id="data">${scriptJson(data)}</script>`;
  yield `<script>${script}</script>`;
  yield '</body>';
  yield '</html>';
}

function pageData({ world, picture, madeBy }: PageOptions): PageData {
  const { boxes, edges } = picture;
  const places = new Map<number, number>();
  for (const { members } of boxes) for (const member of members) places.set(member, places.size);
  return {
    edges,
    boxes: boxes.map(({ members, label }) => ({
      members: Array.from(members, member => places.get(member) ?? 0),
      label,
    })),
    nodes: boxes.flatMap(({ members }, box) =>
      [...members].flatMap((member): readonly PageNode[] => {
        const node = world.graph.nodes[member];
        if (node === undefined) return [];
        const facts = Object.fromEntries(shownFacts(world.facts(member)));
        const inputs = node.inputs.map(({ name, label, output }) => ({
          name,
          node: places.get(world.graph.indexOf(label) ?? -1) ?? label,
          output,
        }));
        const made = madeBy(node.label);
        const outputs = node.outputs.map(name => {
          const artifact = made[name];
          if (artifact === undefined) return { name };
          const sha256 = artifact.digest.hash;
          // The size of a folder's digest is that of its list of contents.
          return artifact.type === 'file'
            ? { name, sha256, size: formatBytes(artifact.digest.size) }
            : { name, sha256 };
        });
        return [{ label: node.label, kind: node.kind, box, facts, inputs, outputs }];
      }),
    ),
  };
}

/** Without label and kind, which the page shows elsewhere; the state comes first; sizes and times are formatted. */
function shownFacts(facts: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  const [state, others] = [facts.get('state'), [...facts].filter(([name]) => name !== 'state')];
  const ordered: readonly (readonly [string, string])[] = state === undefined ? others : [['state', state], ...others];
  return ordered.flatMap(([name, value]) => {
    if (name === 'label' || name === 'kind') return [];
    if (name === 'size') return [[name, formatBytes(Number(value))] as const];
    if (name === 'duration') return [[name, formatDuration(Number(value))] as const];
    return [[name, value] as const];
  });
}

function* headerLines(title: string, { nodes, boxes, edges }: PageData): Generator<string> {
  const inBoxes = boxes.length === nodes.length ? '' : ` in ${counted(boxes.length, 'box', 'boxes')}`;
  const size = `${counted(nodes.length, 'node', 'nodes')}${inBoxes}, ${counted(edges.length, 'edge', 'edges')}`;
  yield '<header>';
  yield `<h1 title="${escapeMarkup(title)}">${escapeMarkup(title)}<small>${size}</small></h1>`;
  yield '<div role="search">';
  yield '<input id="search" type="search" placeholder="Search: words, kind:disk, arch:x86_64" aria-label="Search nodes; Enter selects the next" autocomplete="off" spellcheck="false">';
  yield '<output id="count" for="search"></output>';
  yield '</div>';
  yield '<div role="toolbar" aria-label="Zoom">';
  yield '<button id="zoom-out" type="button" aria-label="Zoom out">−</button>';
  yield '<button id="zoom-in" type="button" aria-label="Zoom in">+</button>';
  yield '<button id="fit" type="button">Fit</button>';
  yield '</div>';
  yield '</header>';
}

/** A click on an entry searches for its state or kind. */
function* legendLines({ boxes }: Picture): Generator<string> {
  yield '<section id="legend" aria-label="Legend">';
  const states = tally(boxes.map(({ state, members }) => [state, members.length]));
  if (states.length > 0) yield '<h3>States</h3>';
  yield* entryLines('state', states, state => swatch(state));
  yield '<h3>Kinds</h3>';
  yield* entryLines('kind', tally(boxes.map(({ kind, members }) => [kind, members.length])), kind =>
    icon(kindIcon(kind)),
  );
  yield '<p><small>An arrow points to a dependency. Round ends: from the lock or from a file. A pile: equivalent nodes.</small></p>';
  yield '</section>';
}

function* entryLines(
  fact: string,
  entries: readonly (readonly [string, number])[],
  mark: (name: string) => string,
): Generator<string> {
  if (entries.length === 0) return;
  yield '<ul>';
  for (const [name, count] of entries) {
    const text = escapeMarkup(name);
    yield `<li><button type="button" data-search="${fact}:${text}">${mark(name)}${text} <span>${count}</span></button></li>`;
  }
  yield '</ul>';
}

function swatch(state: string): string {
  const data = STATE_ICONS[state];
  const sign = data === undefined ? '' : `<path class="icon" d="${data}" transform="translate(5 1) scale(.9)"/>`;
  return `<svg class="${escapeMarkup(state)}" viewBox="0 0 24 16" width="24" height="16" aria-hidden="true"><rect class="shape" x="1" y="1" width="22" height="14" rx="3"/>${sign}</svg>`;
}

/** In the order of their first appearance. */
function tally(counts: readonly (readonly [string | undefined, number])[]): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums];
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
