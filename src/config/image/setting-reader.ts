/** Reads the merged settings of one variant by key and collects all faults; does not stop at the first. */
import type { Failure } from '../../util/failure.ts';
import { formatPosition } from '../hocon/value.ts';
import { type MapSetting, type Setting, settingAt } from '../tree/merge.ts';

/** By the map of a setting, which many variants share. */
const knownTrue = new WeakMap<ReadonlyMap<string, Setting>, readonly string[]>();

export class SettingsReader {
  readonly failures: Failure[] = [];
  readonly #settings: MapSetting;

  constructor(settings: MapSetting) {
    this.#settings = settings;
  }

  text(...path: readonly string[]): string | undefined {
    const setting = this.#at(...path);
    if (setting === undefined) return undefined;
    if (setting.kind === 'scalar') return String(setting.value);
    this.wrong(path.join('.'), setting, 'a single value');
    return undefined;
  }

  word<T extends string>(key: string, fallback: string | undefined, allowed: readonly T[]): T | undefined {
    const value = this.text(key) ?? fallback;
    if (value === undefined) return undefined;
    const found = allowed.find(word => word === value);
    if (found === undefined) {
      this.wrong(key, settingAt(this.#settings, key), `one of ${allowed.join(', ')}`, value);
    }
    return found;
  }

  /** A list of texts; a single text is a list of one. */
  texts(key: string): readonly string[] {
    const setting = this.#at(key);
    if (setting === undefined) return [];
    const items = setting.kind === 'list' ? setting.items : [setting];
    return items.flatMap(item => {
      if (item.kind === 'scalar' && item.value !== null) return [String(item.value)];
      this.wrong(key, item, 'a list of words');
      return [];
    });
  }

  numbers(key: string): readonly number[] {
    return this.texts(key).map(text => {
      if (!/^\d+$/.test(text)) this.wrong(key, settingAt(this.#settings, key), 'a list of whole numbers', text);
      return Number(text);
    });
  }

  /** A positive whole number inside a map. */
  number(...path: readonly string[]): number | undefined {
    const setting = this.#at(...path);
    if (setting === undefined) return undefined;
    const text = setting.kind === 'scalar' ? String(setting.value) : '';
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    this.wrong(path.join('.'), setting, 'a whole number from 1', text === '' ? undefined : text);
    return undefined;
  }

  map(key: string): ReadonlyMap<string, Setting> {
    const setting = this.#at(key);
    if (setting === undefined) return new Map();
    if (setting.kind === 'map') return setting.entries;
    this.wrong(key, setting, 'a map');
    return new Map();
  }

  /** A map's paragraphs, in order: texts, or lists of lines. Null ones are skipped. */
  paragraphs(key: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [name, setting] of this.map(key)) {
      if (setting.kind === 'map') this.wrong(`${key}.${name}`, setting, 'a text or a list of lines');
      else if (setting.kind === 'scalar' && setting.value !== null) found.set(name, String(setting.value));
      else if (setting.kind === 'list') {
        const lines = setting.items.flatMap(item => (item.kind === 'scalar' ? [String(item.value)] : []));
        found.set(name, lines.join('\n'));
      }
    }
    return found;
  }

  trueKeys(key: string): readonly string[] {
    const map = this.map(key);
    let names = knownTrue.get(map);
    if (names === undefined) {
      names = [...map].flatMap(([name, value]) => (value.kind === 'scalar' && value.value === true ? [name] : []));
      knownTrue.set(map, names);
    }
    return names;
  }

  /** Names that are on or off; null ones are skipped. */
  switches(key: string): ReadonlyMap<string, boolean> {
    const found = new Map<string, boolean>();
    for (const [name, value] of this.map(key)) {
      if (value.kind === 'scalar' && typeof value.value === 'boolean') found.set(name, value.value);
    }
    return found;
  }

  /** The names in a text or list, or the keys of a map that are not off. */
  chosen(key: string): readonly string[] {
    const setting = this.#at(key);
    if (setting?.kind !== 'map') return this.texts(key);
    return [...setting.entries].flatMap(([name, value]) =>
      value.kind === 'scalar' && (value.value === null || value.value === false) ? [] : [name],
    );
  }

  wrong(key: string, setting: Setting | undefined, wanted: string, got?: string): void {
    const origin = setting?.origins.at(-1);
    this.failures.push({
      code: 'AIB_CONFIG_VALUE',
      what: `${key} must be ${wanted}`,
      ...(origin === undefined ? {} : { where: formatPosition(origin) }),
      got: got ?? `a ${setting?.kind ?? 'missing value'}`,
    });
  }

  /** Undefined also for null. */
  #at(...path: readonly string[]): Setting | undefined {
    const setting = settingAt(this.#settings, ...path);
    return setting?.kind === 'scalar' && setting.value === null ? undefined : setting;
  }
}
