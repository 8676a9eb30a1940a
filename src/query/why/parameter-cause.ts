/** What changed in a value that an action is told, and which settings or line of the lock it comes from now. */
import { formatPosition, type Position } from '../../config/hocon/value.ts';
import { type MapSetting, type Setting, settingAt } from '../../config/tree/merge.ts';
import { PARAMETERS, type KnownParameter as Parameter, type ValueShape } from '../../rules/parameters.ts';
import type { ParameterCause } from './explanation.ts';

/** Where new values come from. */
export interface Origins {
  /** Of the variant that the node belongs to. */
  readonly settings: MapSetting | undefined;
  readonly lock: { readonly path: string; readonly text: string };
}

/** More places than this say less than fewer. */
const MAX_PLACES = 4;

export function parameterCause(
  name: string,
  before: string | undefined,
  after: string | undefined,
  origins: Origins,
): ParameterCause {
  const known = PARAMETERS[name];
  const parameter: Parameter = known ?? { words: wordsFor(name), shape: 'text', settings: [] };
  const old = itemsOf(before ?? '', parameter.shape);
  const now = itemsOf(after ?? '', parameter.shape);
  const added = now.filter(item => !old.includes(item));
  const removed = old.filter(item => !now.includes(item));
  const isList = parameter.shape !== 'text';
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

/** Parts of an action that are no parameters: `argument 1`, `output out/disk.raw`, `platform ISA`, `time limit`. */
function wordsFor(name: string): string {
  if (name.startsWith('argument ')) return 'what is run';
  if (name.startsWith('output ')) return 'what is kept of it';
  if (name.startsWith('platform ')) return 'what the machine must be';
  return name === 'time limit' ? 'how long it may take' : 'a parameter of the action';
}

function itemsOf(value: string, shape: ValueShape): readonly string[] {
  const split = (separator: RegExp): readonly string[] => value.split(separator).filter(item => item !== '');
  switch (shape) {
    case 'text':
      return value === '' ? [] : [value];
    case 'lines':
      return split(/\n/);
    case 'names':
      return split(/,/);
    case 'words':
      return split(/ /);
    case 'services':
      return split(/ /).flatMap(level => {
        const [name = '', services = ''] = level.split('=');
        return services.split(',').map(service => `${name}/${service}`);
      });
    default:
      return shape satisfies never;
  }
}

/**
 * The places of exactly those settings that make the difference; where none can be told apart, of the whole setting, lowest layer first. What
 * went is found where it is switched off, if it is.
 */
function settingPlaces(
  { settings: paths, shape }: Parameter,
  { added, removed }: { readonly added: readonly string[]; readonly removed: readonly string[] },
  settings: MapSetting | undefined,
): readonly Position[] {
  if (settings === undefined) return [];
  const roots = paths.flatMap(path => settingAt(settings, ...path.split('.')) ?? []);
  const exact = [...added, ...removed].flatMap(item =>
    roots.flatMap(root => holders(root, shape === 'services' ? item.split('/') : [item])),
  );
  const chosen =
    exact.length > 0 ? exact.flatMap(({ origins }) => origins.slice(-1)) : roots.flatMap(root => root.origins);
  return unique(chosen).slice(-MAX_PLACES);
}

/** Settings that stand for an item: by the key that it is under, or by the text that it is or stands in. */
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

/** Whether one of a setting's lines comes to this text once its `{…}` are filled in. */
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
