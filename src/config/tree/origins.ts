/** The origin of each merged value: one row a value, with every place that set it. Reads no files. */
import type { Position } from '../hocon/value.ts';
import type { MapSetting, Setting } from './merge.ts';

export interface Origin {
  /** As written after --set; a key that is not a plain word is in quotes. */
  readonly path: string;
  readonly value: string;
  /** In the order of the merge. */
  readonly places: readonly Position[];
}

export function originsOf(settings: MapSetting): readonly Origin[] {
  return [...settings.entries].flatMap(([key, setting]) => walk(quotedKey(key), setting));
}

function walk(path: string, setting: Setting): readonly Origin[] {
  switch (setting.kind) {
    case 'scalar':
      return [{ path, value: shown(setting.value), places: setting.origins }];
    case 'list':
      if (setting.items.length === 0) return [{ path, value: '[]', places: setting.origins }];
      return setting.items.flatMap((item, index) => walk(`${path}[${index}]`, item));
    case 'map':
      if (setting.entries.size === 0) return [{ path, value: '{}', places: setting.origins }];
      return [...setting.entries].flatMap(([key, inner]) => walk(`${path}.${quotedKey(key)}`, inner));
  }
}

function quotedKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

function shown(value: string | boolean | null): string {
  return typeof value === 'string' && /[\n\t]|^\s|\s$|^$/.test(value) ? JSON.stringify(value) : String(value);
}
