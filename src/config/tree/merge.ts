/**
 * Merges one part of the configuration over another, by the rules of Alpine's own builder: maps merge, lists append, scalars replace,
 * `null` resets. Every merged value has the list of all its places. Must not depend on the meaning of keys.
 */
import type { HoconObject, HoconValue, Position } from '../hocon/value.ts';

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
  /** A number is a text as written: 3.10 is not 3.1. */
  readonly value: string | boolean | null;
  readonly origins: readonly Position[];
}

const EMPTY: MapSetting = { kind: 'map', entries: new Map(), origins: [] };

/**
 * Merges layers, and caches the result of each value over each other: variants share most of their layers, so most of their settings are
 * the same objects, and readers of settings can cache by object, too.
 */
export class Merger {
  /** Top-level keys that are ignored in every layer. */
  readonly #skip: ReadonlySet<string>;
  /** By the upper value, then by the value below. */
  readonly #known = new Map<HoconValue, Map<Setting | undefined, Setting>>();
  readonly #bottom: Remembered = { settings: EMPTY, above: new Map() };

  constructor(skip: ReadonlySet<string>) {
    this.#skip = skip;
  }

  /** Bottom to top. Other variants share the first `shared` layers. */
  settle(layers: readonly HoconObject[], shared: number): MapSetting {
    let below = this.#bottom;
    for (const layer of layers.slice(0, shared)) {
      const known = below.above.get(layer) ?? { settings: this.#over(below.settings, [layer]), above: new Map() };
      below.above.set(layer, known);
      below = known;
    }
    return this.#over(below.settings, layers.slice(shared));
  }

  /** One copy of the map for all of the layers. */
  #over(base: MapSetting, layers: readonly HoconObject[]): MapSetting {
    const entries = new Map(base.entries);
    const origins = [...base.origins];
    for (const layer of layers) {
      origins.push(layer.at);
      for (const [key, value] of layer.entries) {
        if (!this.#skip.has(key)) entries.set(key, this.#merge(entries.get(key), value));
      }
    }
    return { kind: 'map', entries, origins };
  }

  #merge(base: Setting | undefined, layer: HoconValue): Setting {
    const below = layer.resets ? undefined : base;
    let known = this.#known.get(layer);
    if (known === undefined) {
      known = new Map();
      this.#known.set(layer, known);
    }
    let merged = known.get(below);
    if (merged === undefined) {
      merged = this.#mergeNew(below, layer);
      known.set(below, merged);
    }
    return merged;
  }

  #mergeNew(below: Setting | undefined, layer: HoconValue): Setting {
    switch (layer.kind) {
      case 'object': {
        const base = below?.kind === 'map' ? below : EMPTY;
        const entries = new Map(base.entries);
        for (const [key, value] of layer.entries) entries.set(key, this.#merge(entries.get(key), value));
        return { kind: 'map', entries, origins: [...base.origins, layer.at] };
      }
      case 'array': {
        const items = layer.items.map(item => this.#merge(undefined, item));
        const base = below?.kind === 'list' ? below : { items: [], origins: [] };
        return { kind: 'list', items: [...base.items, ...items], origins: [...base.origins, layer.at] };
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
}

interface Remembered {
  readonly settings: MapSetting;
  readonly above: Map<HoconObject, Remembered>;
}

/** The last place has the effective value; the earlier ones are overridden. */
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
