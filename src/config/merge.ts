/**
 * Lays one piece of configuration over another, in the dialect of Alpine's own builder: maps merge, lists append, scalars replace, `null`
 * resets. Every settled value remembers all the places that made it. Never looks at what a key means.
 */
import type { HoconObject, HoconValue, Position } from './hocon/value.ts';

export type Setting = MapSetting | ListSetting | ScalarSetting;

export interface MapSetting {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Setting>;
  readonly origins: readonly Position[];
}

interface ListSetting {
  readonly kind: 'list';
  readonly items: readonly Setting[];
  readonly origins: readonly Position[];
}

interface ScalarSetting {
  readonly kind: 'scalar';
  /** A number is the text as it was written: 3.10 is not 3.1. */
  readonly value: string | boolean | null;
  readonly origins: readonly Position[];
}

export const EMPTY: MapSetting = { kind: 'map', entries: new Map(), origins: [] };

/** `layer` over `base`; keys named in `skip` are left out of the layer's top level. */
export function mergeMap(base: MapSetting, layer: HoconObject, skip: ReadonlySet<string> = new Set()): MapSetting {
  const entries = new Map(base.entries);
  for (const [key, value] of layer.entries) {
    if (!skip.has(key)) entries.set(key, merge(entries.get(key), value));
  }
  return { kind: 'map', entries, origins: [...base.origins, layer.at] };
}

function merge(base: Setting | undefined, layer: HoconValue): Setting {
  const below = layer.resets ? undefined : base;
  switch (layer.kind) {
    case 'object':
      return mergeMap(below?.kind === 'map' ? below : EMPTY, layer);
    case 'array': {
      const items = layer.items.map(item => merge(undefined, item));
      const before = below?.kind === 'list' ? below : { items: [], origins: [] };
      return { kind: 'list', items: [...before.items, ...items], origins: [...before.origins, layer.at] };
    }
    case 'string':
    case 'boolean':
      return scalar(layer.value, below, layer.at);
    case 'number':
      return scalar(layer.text, below, layer.at);
    case 'null':
      return scalar(null, undefined, layer.at);
  }
}

/** The last of its places decides; those before it were overruled. */
function scalar(value: ScalarSetting['value'], below: Setting | undefined, at: Position): ScalarSetting {
  return { kind: 'scalar', value, origins: below === undefined ? [at] : [...below.origins, at] };
}

/** The setting at a path of keys. */
export function settingAt(root: MapSetting, ...path: readonly string[]): Setting | undefined {
  let setting: Setting | undefined = root;
  for (const key of path) {
    if (setting?.kind !== 'map') return undefined;
    setting = setting.entries.get(key);
  }
  return setting;
}
