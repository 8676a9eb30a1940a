/**
 * `{word}` in texts of the configuration: dimension keys, plain settings, and facts of the release. `{{` and `}}` are plain braces. An
 * unknown word is left as it is and reported; a filled-in text must not be filled in again.
 */
import type { Failure } from '../../util/failure.ts';
import { nearest } from '../../util/suggest.ts';
import { formatPosition, type Position } from '../hocon/value.ts';
import { type MapSetting, type Setting, settingAt } from '../tree/merge.ts';

/** The values of words; looked up one by one, because only few of many are used. */
export interface Words {
  get(name: string): string | undefined;
  names(): readonly string[];
}

export interface ReleaseWords {
  readonly release: string;
  readonly endOfLife: string;
  readonly notes?: string;
}

const OWN_WORDS = ['release', 'end_of_life', 'v_version', 'image_key', 'release_notes'];

export function wordsOf(keys: ReadonlyMap<string, string>, settings: MapSetting, release: ReleaseWords): Words {
  const get = (name: string): string | undefined => {
    switch (name) {
      case 'release':
        return release.release;
      case 'end_of_life':
        return release.endOfLife;
      case 'v_version':
        return (keys.get('version') ?? '').replace(/^(?=\d)/, 'v');
      case 'image_key':
        return imageKey(keys, release.release);
      case 'release_notes':
        return release.notes ?? plainText(settings, name);
      default:
        return keys.get(name) ?? plainText(settings, name);
    }
  };
  const names = (): readonly string[] =>
    [...new Set([...OWN_WORDS, ...keys.keys(), ...settings.entries.keys()])].filter(name => get(name) !== undefined);
  return { get, names };
}

function plainText({ entries }: MapSetting, key: string): string | undefined {
  const setting = entries.get(key);
  return setting?.kind === 'scalar' && typeof setting.value === 'string' ? setting.value : undefined;
}

/** The keys of all dimensions, with the release instead of the version. */
export function imageKey(keys: ReadonlyMap<string, string>, release: string): string {
  return [...keys].map(([dimension, key]) => (dimension === 'version' ? release : key)).join('-');
}

const PLACEHOLDER = /\{\{|\}\}|\{(\w+)\}/g;

/** `later`: words that a later step fills in. */
export function fill(text: string, words: Words, later: readonly string[] = []): string {
  if (!text.includes('{') && !text.includes('}')) return text;
  return text.replaceAll(PLACEHOLDER, (whole, name: string | undefined) => {
    if (name === undefined) return whole.slice(1);
    return later.includes(name) ? whole : (words.get(name) ?? whole);
  });
}

/** One failure for each unknown word of the setting. */
export function unknownWords(
  settings: MapSetting,
  key: string,
  words: Words,
  later: readonly string[],
): readonly Failure[] {
  const setting = settingAt(settings, key);
  if (setting === undefined) return [];
  const mentioned = wordsIn(setting);
  if (mentioned.length === 0) return [];
  const strange = mentioned.filter(({ name }) => !later.includes(name) && words.get(name) === undefined);
  return strange.map(({ name, at }) => {
    const near = nearest(name, [...words.names(), ...later], 3);
    return {
      code: 'AIB_CONFIG_PLACEHOLDER',
      what: `Unknown placeholder {${name}} in ${key}`,
      ...(at === undefined ? {} : { where: formatPosition(at) }),
      hint:
        near.length > 0
          ? `did you mean ${near.map(word => `{${word}}`).join(' or ')}?`
          : `use the name of a dimension or of another setting, or write {{${name}}} for plain braces`,
    } as const;
  });
}

interface Mention {
  readonly name: string;
  readonly at: Position | undefined;
}

/** Variants share most of their settings, and most contain no placeholder. */
const mentions = new WeakMap<Setting, readonly Mention[]>();

/** The words in a scalar, in the items of a list, or in the keys and values of a map. */
function wordsIn(setting: Setting): readonly Mention[] {
  const known = mentions.get(setting);
  if (known !== undefined) return known;
  const found: Mention[] = [];
  const look = (text: string, { origins }: Setting): void => {
    if (!text.includes('{')) return;
    for (const [, name] of text.matchAll(PLACEHOLDER)) if (name !== undefined) found.push({ name, at: origins.at(-1) });
  };
  if (setting.kind === 'scalar') {
    if (typeof setting.value === 'string') look(setting.value, setting);
  } else if (setting.kind === 'list') {
    for (const item of setting.items) found.push(...wordsIn(item));
  } else {
    for (const [key, value] of setting.entries) {
      if (value.kind !== 'scalar' || value.value !== null) look(key, value);
      found.push(...wordsIn(value));
    }
  }
  mentions.set(setting, found);
  return found;
}
