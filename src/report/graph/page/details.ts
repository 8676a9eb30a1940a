/** The details of a node or of a box at the side of the page. Every other node in them is a link. */
import type { PageData, PageNode, PageOutput } from './data.ts';
import { element } from './elements.ts';

/** Number of links that are shown at first; a button shows the rest. */
const LISTED = 100;

export interface Describe {
  readonly node: (place: number) => readonly HTMLElement[];
  readonly box: (place: number) => readonly HTMLElement[];
  /** A list of nodes by label, for the result of a search. */
  readonly list: (title: string, places: readonly number[]) => readonly HTMLElement[];
}

/** Creates the functions that render details. Links use the address part after `#`, see `nodeHash` and `boxHash`. */
export function describe({ nodes, boxes, edges }: PageData): Describe {
  const users = usersOf(nodes);
  const linkTo = (place: number): HTMLElement => link(nodes[place]?.label ?? '', nodeHash(nodes[place]?.label ?? ''));
  const boxLink = (place: number): HTMLElement => {
    const [first] = boxes[place]?.members ?? [];
    return boxes[place]?.members.length === 1 ? linkTo(first ?? 0) : link(boxTitle(place), boxHash(place));
  };
  const boxTitle = (place: number): string => {
    const { members = [], label = '' } = boxes[place] ?? {};
    return `${nodes[members[0] ?? 0]?.kind} × ${members.length} ${label}`;
  };

  const node = (place: number): readonly HTMLElement[] => {
    const one = nodes[place];
    if (one === undefined) return [];
    const isOneOfSeveral = (boxes[one.box]?.members.length ?? 0) > 1;
    const inputs = one.inputs.map(input => {
      const target = typeof input.node === 'number' ? linkTo(input.node) : element('span', {}, input.node);
      return element('li', {}, element('span', { class: 'name' }, input.name), target);
    });
    return [
      element('h2', {}, one.label),
      ...(isOneOfSeveral ? [element('p', {}, 'one of ', boxLink(one.box))] : []),
      facts({ kind: one.kind, ...one.facts }),
      ...section('Inputs', inputs),
      ...section(
        'Used by',
        (users[place] ?? []).map(user => element('li', {}, linkTo(user))),
      ),
      ...section('Outputs', one.outputs.map(outputItem)),
    ];
  };

  const box = (place: number): readonly HTMLElement[] => {
    const { members = [], label = '' } = boxes[place] ?? {};
    const [first] = members;
    if (members.length === 1 && first !== undefined) return node(first);
    const items = (places: readonly number[]): readonly HTMLElement[] =>
      places.map(each => element('li', {}, boxLink(each)));
    return [
      element('h2', {}, `${nodes[first ?? 0]?.kind} × ${members.length}`),
      element('p', {}, `${label}: ${members.length} equivalent nodes`),
      ...section('Depends on', items(edges.flatMap(([from, to]) => (from === place ? [to] : [])))),
      ...section('Used by', items(edges.flatMap(([from, to]) => (to === place ? [from] : [])))),
      ...section(
        'Nodes',
        members.map(member => element('li', {}, linkTo(member))),
      ),
    ];
  };

  return {
    node,
    box,
    list: (title, places) =>
      section(
        title,
        places.map(place => element('li', {}, linkTo(place))),
      ),
  };
}

/** Labels usually start with `//`, and never with `box=`. */
export function nodeHash(label: string): string {
  return `#${encodeURI(label)}`;
}

export function boxHash(place: number): string {
  return `#box=${place}`;
}

function usersOf(nodes: readonly PageNode[]): readonly (readonly number[])[] {
  const users: number[][] = nodes.map(() => []);
  for (const [place, { inputs }] of nodes.entries()) {
    for (const target of new Set(inputs.map(input => input.node))) {
      if (typeof target === 'number') users[target]?.push(place);
    }
  }
  return users;
}

function link(text: string, hash: string): HTMLElement {
  return element('a', { href: hash }, text);
}

function facts(all: Readonly<Record<string, string>>): HTMLElement {
  const rows = Object.entries(all).map(([name, value]) =>
    element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)),
  );
  return element('table', {}, ...rows);
}

function outputItem({ name, size, sha256 }: PageOutput): HTMLElement {
  if (sha256 === undefined) return element('li', {}, name);
  const made = size === undefined ? `sha256 ${sha256}` : `${size}, sha256 ${sha256}`;
  return element('li', {}, `${name} `, element('span', { class: 'name' }, made));
}

function section(title: string, items: readonly HTMLElement[]): readonly HTMLElement[] {
  if (items.length === 0) return [];
  const list = element('ul', {}, ...items.slice(0, LISTED));
  const made: HTMLElement[] = [element('h3', {}, `${title} (${items.length})`), list];
  if (items.length > LISTED) {
    const more = element('button', { type: 'button' }, `Show all ${items.length}`);
    more.addEventListener('click', () => {
      list.append(...items.slice(LISTED));
      more.remove();
    });
    made.push(more);
  }
  return made;
}
