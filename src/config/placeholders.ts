/**
 * `{word}` in texts of the configuration: dimension keys, plain settings, and what is known of the release. `{{` and `}}` stand for the
 * braces themselves. A word that nothing explains is left as it is and reported; nothing is ever filled in twice.
 */
import type { Failure } from '../util/failure.ts';
import { nearest } from '../util/suggest.ts';
import { formatPosition, type Position } from './hocon/value.ts';
import { type MapSetting, type Setting, settingAt } from './merge.ts';

export type Words = ReadonlyMap<string, string>;

export interface ReleaseWords {
  readonly release: string;
  readonly endOfLife: string;
  readonly notes?: string;
}

export function wordsOf(keys: ReadonlyMap<string, string>, settings: MapSetting, release: ReleaseWords): Words {
  const words = new Map<string, string>();
  for (const [key, setting] of settings.entries) {
    if (setting.kind === 'scalar' && typeof setting.value === 'string') words.set(key, setting.value);
  }
  for (const [dimension, key] of keys) words.set(dimension, key);
  const version = keys.get('version') ?? '';
  words.set('release', release.release);
  words.set('end_of_life', release.endOfLife);
  words.set('v_version', /^\d/.test(version) ? `v${version}` : version);
  words.set('image_key', imageKey(keys, release.release));
  if (release.notes !== undefined) words.set('release_notes', release.notes);
  return words;
}

/** The keys of all dimensions, the release in place of the version. */
export function imageKey(keys: ReadonlyMap<string, string>, release: string): string {
  return [...keys].map(([dimension, key]) => (dimension === 'version' ? release : key)).join('-');
}

const PLACEHOLDER = /\{\{|\}\}|\{(\w+)\}/g;

/** `later`: words that are left in for a later step. */
export function fill(text: string, words: Words, later: readonly string[] = []): string {
  if (!text.includes('{') && !text.includes('}')) return text;
  return text.replaceAll(PLACEHOLDER, (whole, name: string | undefined) => {
    if (name === undefined) return whole.slice(1);
    return later.includes(name) ? whole : (words.get(name) ?? whole);
  });
}

/** One failure for each word of the setting that nothing explains. */
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
  const strange = mentioned.filter(({ name }) => !words.has(name) && !later.includes(name));
  return strange.map(({ name, at }) => {
    const near = nearest(name, [...words.keys(), ...later], 3);
    return {
      code: 'AIB_CONFIG_PLACEHOLDER',
      what: `Nothing explains the placeholder {${name}} in ${key}`,
      ...(at === undefined ? {} : { where: formatPosition(at) }),
      hint:
        near.length > 0
          ? `did you mean ${near.map(word => `{${word}}`).join(' or ')}?`
          : `use a dimension's name or another setting's; write {{${name}}} for plain braces`,
    } as const;
  });
}

interface Mention {
  readonly name: string;
  readonly at: Position | undefined;
}

/** Variants share most of their settings, and most mention nothing. */
const mentions = new WeakMap<Setting, readonly Mention[]>();

/** Of a scalar, of a list's items, of a map's keys and values. */
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
