/**
 * Which blocks of the configuration make one variant, bottom to top. Says nothing of what is in them but for the two words that steer: WHEN
 * and EXCLUDE.
 *
 *     Default ─► each dimension's block, in the order of Dimensions ─► Mandatory ─► --vars, --set
 *                     └─► the WHEN blocks that have come up so far
 *
 * WHEN goes in rounds: first every matching block of this round, then the WHEN blocks that stood inside them. Within one WHEN, conditions
 * that name a version come last, so that an exception for one version beats the rule. A WHEN in Default waits for the first dimension.
 */
import { conditionWords, matchesWord, type VariantKeys } from './condition.ts';
import type { HoconArray, HoconObject, HoconValue } from './hocon/value.ts';

export interface Blocks {
  /** Settings that stand beside the blocks: `project`. */
  readonly shared: HoconObject;
  readonly bottom: HoconObject | undefined;
  /** By dimension, then by key. */
  readonly dimensions: ReadonlyMap<string, ReadonlyMap<string, HoconObject>>;
  readonly top: HoconObject | undefined;
  /** What the command line lays over everything. */
  readonly over: readonly HoconObject[];
}

export interface Layering {
  readonly layers: readonly HoconObject[];
  /** The last end of life that a block says after the version's own place; it goes before what Alpine says of the version. */
  readonly endOfLife: string | undefined;
}

/** undefined if one of the blocks excludes the variant. */
export function layersOf(blocks: Blocks, keys: ReadonlyMap<string, string>): Layering | undefined {
  const stack = new Stack({ all: new Set(keys.values()), version: keys.get('version') });
  stack.lay(blocks.shared);
  if (blocks.bottom !== undefined) stack.lay(blocks.bottom);
  let version: number | undefined;
  for (const [name, key] of keys) {
    const block = blocks.dimensions.get(name)?.get(key);
    if (block !== undefined) stack.lay(block);
    if (name === 'version') version = stack.layers.length;
    stack.drain();
    if (stack.excludes()) return undefined;
  }
  for (const block of [blocks.top, ...blocks.over]) {
    if (block !== undefined) stack.lay(block);
    stack.drain();
  }
  if (stack.excludes()) return undefined;
  const after = stack.layers.slice(version ?? 0);
  return {
    layers: version === undefined ? stack.layers : withRelease(stack.layers, version),
    endOfLife: after.map(layer => textOf(layer.entries.get('end_of_life'))).findLast(text => text !== undefined),
  };
}

class Stack {
  readonly layers: HoconObject[] = [];
  readonly #keys: VariantKeys;
  #pending: HoconObject[] = [];
  #excluded: HoconValue[] = [];

  constructor(keys: VariantKeys) {
    this.#keys = keys;
  }

  lay(block: HoconObject): void {
    this.layers.push(block);
    const when = block.entries.get('WHEN');
    if (when !== undefined && (when.resets || when.kind === 'null')) this.#pending = [];
    if (when?.kind === 'object') this.#pending.push(when);
    const exclude = block.entries.get('EXCLUDE');
    if (exclude === undefined) return;
    if (exclude.resets || exclude.kind !== 'array') this.#excluded = [];
    this.#excluded.push(...(exclude.kind === 'array' ? exclude.items : [exclude]));
  }

  drain(): void {
    while (this.#pending.length > 0) {
      const round = this.#pending;
      this.#pending = [];
      for (const block of this.#matching(round)) this.lay(block);
    }
  }

  /** Blocks of the same condition stand together, where the first of them stood. */
  #matching(round: readonly HoconObject[]): readonly HoconObject[] {
    const groups = new Map<string, HoconObject[]>();
    for (const when of round) {
      for (const [condition, block] of versionsLast(when)) {
        if (block.kind !== 'object' || !conditionWords(condition).some(word => matchesWord(word, this.#keys))) continue;
        const known = groups.get(condition);
        if (known === undefined || block.resets) groups.set(condition, [block]);
        else known.push(block);
      }
    }
    return [...groups.values()].flat();
  }

  /** Asks and forgets: a dimension's EXCLUDE holds for what it has seen, and the next begins anew. */
  excludes(): boolean {
    const excluded = this.#excluded;
    this.#excluded = [];
    return excluded.some(item => matchesWord(textOf(item) ?? '', this.#keys));
  }
}

/** Conditions that must be written in quotes: those that name a version, such as "3.20". */
function versionsLast({ entries }: HoconObject): readonly (readonly [string, HoconValue])[] {
  const all = [...entries];
  const isVersion = ([condition]: readonly [string, HoconValue]): boolean => condition.includes('.');
  return all.some(isVersion) ? [...all.filter(each => !isVersion(each)), ...all.filter(isVersion)] : all;
}

/**
 * Alpine's own builder adds the release to `name` and `description` where the version's block stands, and its configs count on that; a
 * configuration that writes `{release}` itself does not get it twice.
 */
function withRelease(layers: readonly HoconObject[], version: number): readonly HoconObject[] {
  const block = layers[version - 1];
  if (block === undefined) return layers;
  const lacking = ['name', 'description'].filter(key => lacksRelease(layers, key));
  return lacking.length === 0 ? layers : layers.toSpliced(version, 0, releaseLayer(block, lacking));
}

/** No list at all, or one that was made a single text, is not for us to extend. */
function lacksRelease(layers: readonly HoconObject[], key: string): boolean {
  let last: HoconValue | undefined;
  for (const layer of layers) {
    const value = layer.entries.get(key);
    if (value === undefined) continue;
    if (mentionsRelease(value)) return false;
    last = value;
  }
  return last !== undefined && last.kind !== 'string';
}

/** By value: most variants have most of their lists from the same files. */
const mentioning = new WeakMap<HoconValue, boolean>();

function mentionsRelease(value: HoconValue): boolean {
  const known = mentioning.get(value);
  if (known !== undefined) return known;
  const items = value.kind === 'array' ? value.items : [value];
  const found = items.some(item => /\{(release|version|v_version)\}/.test(textOf(item) ?? ''));
  mentioning.set(value, found);
  return found;
}

/** The same object for the same block, so that merging can remember it. */
const releaseLayers = new WeakMap<HoconObject, Map<string, HoconObject>>();

function releaseLayer(block: HoconObject, keys: readonly string[]): HoconObject {
  const known = releaseLayers.get(block) ?? new Map<string, HoconObject>();
  releaseLayers.set(block, known);
  const name = keys.join(' ');
  const layer = known.get(name) ?? {
    ...block,
    resets: false,
    entries: new Map(keys.map(key => [key, release(block)])),
  };
  known.set(name, layer);
  return layer;
}

function release({ at }: HoconObject): HoconArray {
  return { kind: 'array', at, resets: false, items: [{ kind: 'string', value: '{release}', at, resets: false }] };
}

/** A text or number as it was written. */
export function textOf(value: HoconValue | undefined): string | undefined {
  if (value?.kind === 'string') return value.value;
  return value?.kind === 'number' ? value.text : undefined;
}
