/** What changed in a parameter of an action, and which settings or line of the lock its new value comes from. */
import { formatPosition, type Position } from '../../config/hocon/value.ts';
import { type MapSetting, type Setting, settingAt } from '../../config/tree/merge.ts';
import { kindOf } from '../../rules/kinds/kind-table.ts';
import { itemsOf, type ParameterFacts } from '../../rules/parameters.ts';
import type { ParameterCause } from './explanation.ts';

/** A part of an action's preimage that is not an input, before and after. */
export interface PartChange {
  /** The kind of the node, which decides the meaning of the name. */
  readonly kind: string;
  readonly name: string;
  /** `before` is undefined if the part is new, `after` if it was removed. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The sources of new values. */
export interface Origins {
  /** The settings of the node's variant. */
  readonly settings: MapSetting | undefined;
  readonly lock: { readonly path: string; readonly text: string };
}

/** A longer list of places would not help the user. */
const MAX_PLACES = 4;

export function parameterCause({ kind, name, before, after }: PartChange, origins: Origins): ParameterCause {
  const parameter: ParameterFacts = kindOf(kind)?.parameters?.[name] ?? { words: commonWords(name) };
  const { shape = 'text' } = parameter;
  const old = itemsOf(before ?? '', shape);
  const now = itemsOf(after ?? '', shape);
  const added = now.filter(item => !old.includes(item));
  const removed = old.filter(item => !now.includes(item));
  const isList = shape !== 'text';
  const stayed = [old.filter(item => now.includes(item)), now.filter(item => old.includes(item))];
  return {
    type: 'parameter',
    name,
    words: parameter.words,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    added: isList ? added : [],
    removed: isList ? removed : [],
    reordered: isList && new Set(stayed.map(items => JSON.stringify(items))).size > 1,
    places: [
      ...(parameter.locked === true && after !== undefined ? lockPlaces(after, origins.lock) : []),
      ...settingPlaces(parameter, { added, removed }, origins.settings).map(formatPosition),
    ],
  };
}

/** Parts that actions of every kind have, by the first word of their names: `argument 1`, `platform ISA`. */
const COMMON_PARTS: Readonly<Record<string, string>> = {
  AIB_FORMAT: "the version of aib's own format",
  AIB_KIND: 'the kind of node',
  argument: 'the command',
  output: 'an output of the action',
  platform: 'a requirement on the machine',
  time: 'the time limit',
};

/** An older aib may have had parameters that this one does not know. */
function commonWords(name: string): string {
  return COMMON_PARTS[name.replace(/ .*$/, '')] ?? 'a parameter of the action';
}

/**
 * The places of the settings that make the difference; if they cannot be determined, the places of the whole setting, lowest layer first.
 * For a removed item, the place where it is switched off, if there is one.
 */
function settingPlaces(
  { settings: keys = [], shape }: ParameterFacts,
  { added, removed }: { readonly added: readonly string[]; readonly removed: readonly string[] },
  settings: MapSetting | undefined,
): readonly Position[] {
  if (settings === undefined) return [];
  const roots = keys.flatMap(key => settingAt(settings, key) ?? []);
  const exact = [...added, ...removed].flatMap(item =>
    roots.flatMap(root => holders(root, shape === 'services' ? item.split('/') : [item])),
  );
  const chosen =
    exact.length > 0 ? exact.flatMap(({ origins }) => origins.slice(-1)) : roots.flatMap(root => root.origins);
  return unique(chosen).slice(-MAX_PLACES);
}

/** The settings that contain an item: it is their key, their text, or a line of their text. */
function holders(root: Setting, [first = '', ...rest]: readonly string[]): readonly Setting[] {
  switch (root.kind) {
    case 'scalar':
      return rest.length === 0 && typeof root.value === 'string' && saysLine(root.value, first) ? [root] : [];
    case 'list':
      return root.items.flatMap(item => holders(item, [first, ...rest]));
    case 'map': {
      const named = entryFor(root, first) ?? entryFor(root, first.replace(/@[^@]*$/, ''));
      if (named === undefined) return [...root.entries.values()].flatMap(inner => holders(inner, [first, ...rest]));
      return rest.length === 0 ? [named] : holders(named, rest);
    }
  }
}

function entryFor({ entries }: MapSetting, name: string): Setting | undefined {
  return entries.get(name) ?? [...entries].find(([key]) => key.includes('{') && saysLine(key, name))?.[1];
}

/** Whether one of a setting's lines results in this text after its `{…}` are replaced. */
function saysLine(template: string, text: string): boolean {
  return template.split('\n').some(line => {
    if (!line.includes('{')) return line === text;
    const pattern = line.split(/\{\w+\}/).map(part => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return new RegExp(`^${pattern.join('.*')}$`).test(text);
  });
}

function lockPlaces(value: string, { path, text }: Origins['lock']): readonly string[] {
  const line = text.split('\n').findIndex(each => each.includes(JSON.stringify(value)));
  return line === -1 ? [] : [`${path}:${line + 1}`];
}

function unique(places: readonly Position[]): readonly Position[] {
  return [...new Map(places.map(place => [formatPosition(place), place])).values()];
}
