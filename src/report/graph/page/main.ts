/** The script of a graph page: zoom, search, and details of each node. Runs in a browser, and uses no network. */
import type { PageData } from './data.ts';
import { boxHash, describe, nodeHash } from './details.ts';
import { required } from './elements.ts';
import { found } from './search.ts';
import { Viewport } from './viewport.ts';

/** Up to this number of boxes, each is a stop of the Tab key; with more, users reach them by search. */
const TAB_STOPS = 200;

const data = JSON.parse(required('#data', HTMLScriptElement).text) as PageData;
const svg = required('#picture', SVGSVGElement);
const details = required('#details', HTMLElement);
const input = required('#search', HTMLInputElement);
const count = required('#count', HTMLOutputElement);

const boxes = data.boxes.map((_, place) => required(`#box-${place}`, SVGGElement));
const edges = [...svg.querySelectorAll('.edge')];
const places = new Map(data.nodes.map(({ label }, place) => [label, place]));
const description = describe(data);
const viewport = new Viewport(svg);

let matches: readonly number[] = [];
let current = -1;

for (const [place, box] of boxes.entries()) {
  const { members, label } = data.boxes[place] ?? { members: [], label: '' };
  box.setAttribute('role', 'button');
  box.setAttribute('aria-label', members.length === 1 ? label : `${label}, ${members.length} nodes`);
  box.setAttribute('tabindex', boxes.length <= TAB_STOPS ? '0' : '-1');
  const open = (): void => {
    const [first = 0] = members;
    location.hash = members.length === 1 ? nodeHash(data.nodes[first]?.label ?? '') : boxHash(place);
  };
  box.addEventListener('click', open);
  box.addEventListener('keydown', event => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    open();
  });
}

required('#zoom-in', HTMLButtonElement).addEventListener('click', () => viewport.zoomIn());
required('#zoom-out', HTMLButtonElement).addEventListener('click', () => viewport.zoomOut());
required('#fit', HTMLButtonElement).addEventListener('click', () => viewport.fit());

input.addEventListener('input', () => search(input.value));
input.addEventListener('keydown', event => {
  if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
  if (event.key === 'Escape') search('');
});
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-search]')) {
  button.addEventListener('click', () => search(button.dataset.search ?? ''));
}
document.addEventListener('keydown', event => {
  if (event.key === '/' && document.activeElement !== input) {
    event.preventDefault();
    input.focus();
  }
  if (event.key === 'Escape') location.hash = '';
});
addEventListener('hashchange', followHash);
followHash();

function search(text: string): void {
  if (input.value !== text) input.value = text;
  matches = found(data.nodes, text);
  current = -1;
  const hit = new Set(matches.map(place => data.nodes[place]?.box));
  for (const [place, box] of boxes.entries()) box.classList.toggle('match', hit.has(place));
  svg.classList.toggle('searching', text.trim() !== '');
  if (text.trim() === '') count.value = '';
  else if (matches.length === 0) count.value = 'no node found';
  else count.value = `${counted(matches.length, 'node')} in ${counted(hit.size, 'box')}`;
  // An earlier selection does not belong to the new search.
  if (location.hash.length > 1) location.hash = '';
  else showMatches();
}

/** Wraps around: the first match follows the last. */
function step(by: number): void {
  if (matches.length === 0) return;
  current = current === -1 && by < 0 ? matches.length - 1 : (current + by + matches.length) % matches.length;
  const node = data.nodes[matches[current] ?? 0];
  if (node === undefined) return;
  count.value = `${current + 1} of ${matches.length}`;
  location.hash = nodeHash(node.label);
}

function showMatches(): void {
  details.replaceChildren(...description.list('Found', matches));
}

/** The address part after `#` names the selection, so that links, the Back button and bookmarks work. */
function followHash(): void {
  const hash = location.hash.slice(1);
  const [, number] = /^box=(\d+)$/.exec(hash) ?? [];
  const place = number === undefined ? places.get(decodeURI(hash)) : undefined;
  const box = number === undefined ? data.nodes[place ?? -1]?.box : Number(number);
  select(box);
  if (place !== undefined) details.replaceChildren(...description.node(place));
  else if (box !== undefined) details.replaceChildren(...description.box(box));
  else showMatches();
  details.scrollTop = 0;
}

function select(box: number | undefined): void {
  for (const marked of svg.querySelectorAll('.selected, .near')) marked.classList.remove('selected', 'near');
  const element = box === undefined ? undefined : boxes[box];
  svg.classList.toggle('focused', element !== undefined);
  if (box === undefined || element === undefined) return;
  element.classList.add('selected');
  for (const [place, [from, to]] of data.edges.entries()) {
    if (from !== box && to !== box) continue;
    edges[place]?.classList.add('near');
    boxes[from === box ? to : from]?.classList.add('near');
  }
  const { x, y, width, height } = element.getBoundingClientRect();
  const window = svg.getBoundingClientRect();
  const isSeen = x >= window.left && y >= window.top && x + width <= window.right && y + height <= window.bottom;
  if (!isSeen || svg.dataset.level !== 'near') goTo(element);
}

function goTo(box: SVGGElement): void {
  const { x, y, width, height } = box.getBBox();
  const { e, f } = box.transform.baseVal.consolidate()?.matrix ?? { e: 0, f: 0 };
  viewport.goTo({ x: x + e, y: y + f, width, height });
}

function counted(number: number, word: string): string {
  if (number === 1) return `1 ${word}`;
  return `${number} ${word === 'box' ? 'boxes' : `${word}s`}`;
}
