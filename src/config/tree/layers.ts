/**
 * The blocks of the configuration that form one variant, bottom to top. Reads only two keys of their content: WHEN and EXCLUDE.
 *
 *     Default ─► each dimension's block, in the order of Dimensions ─► Mandatory ─► --vars, --set
 *                     └─► the WHEN blocks found so far
 *
 * WHEN works in rounds: first every matching block of this round, then the WHEN blocks inside of them. Within one WHEN, conditions that
 * name a version come last, so that an exception for one version overrides the rule. A WHEN in Default waits for the first dimension.
 */

import type { HoconArray, HoconObject, HoconValue } from '../hocon/value.ts';
import { conditionWords, matchesWord, type VariantKeys } from './condition.ts';

export interface Blocks {
  /** Settings at the top level, such as `project`. */
  readonly shared: HoconObject;
  readonly bottom: HoconObject | undefined;
  /** By dimension, then by key. */
  readonly dimensions: ReadonlyMap<string, ReadonlyMap<string, HoconObject>>;
  readonly top: HoconObject | undefined;
  /** Layers of the command line, above everything else. */
  readonly over: readonly HoconObject[];
}

export interface Layering {
  readonly layers: readonly HoconObject[];
  /** Number of layers below the last dimension, which other variants share. */
  readonly shared: number;
  /** The last end of life in a block at or after the version; it overrides Alpine's own date. */
  readonly endOfLife: string | undefined;
}

/** Undefined if one of the blocks excludes the variant. */
export function layersOf(blocks: Blocks, keys: ReadonlyMap<string, string>): Layering | undefined {
  const stack = new Stack({ all: new Set(keys.values()), version: keys.get('version') });
  stack.lay(blocks.shared);
  if (blocks.bottom !== undefined) stack.lay(blocks.bottom);
  let version: number | undefined;
  let shared = 0;
  for (const [name, key] of keys) {
    shared = stack.layers.length;
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
  const layers = version === undefined ? stack.layers : withRelease(stack.layers, version);
  return {
    layers,
    shared: version !== undefined && version <= shared ? shared + layers.length - stack.layers.length : shared,
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

  /** Blocks of the same condition are grouped at the place of the first. */
  #matching(round: readonly HoconObject[]): readonly HoconObject[] {
    const groups = new Map<string, HoconObject[]>();
    for (const when of round) {
      for (const { condition, words, block } of branchesOf(when)) {
        if (!words.some(word => matchesWord(word, this.#keys))) continue;
        const known = groups.get(condition);
        if (known === undefined || block.resets) groups.set(condition, [block]);
        else known.push(block);
      }
    }
    return [...groups.values()].flat();
  }

  /** Checks and clears: the EXCLUDE of a dimension is valid only for this check, and the next dimension starts with an empty list. */
  excludes(): boolean {
    const excluded = this.#excluded;
    this.#excluded = [];
    return excluded.some(item => matchesWord(textOf(item) ?? '', this.#keys));
  }
}

/** The branches in order, by WHEN block; cached, because many variants use each block. */
const ordered = new WeakMap<HoconObject, readonly Branch[]>();

interface Branch {
  readonly condition: string;
  readonly words: readonly string[];
  readonly block: HoconObject;
}

/** Conditions that name a version, which must be in quotes, come after the others. */
function branchesOf(when: HoconObject): readonly Branch[] {
  const known = ordered.get(when);
  if (known !== undefined) return known;
  const all = [...when.entries].flatMap(([condition, block]) =>
    block.kind === 'object' ? [{ condition, words: conditionWords(condition), block }] : [],
  );
  const isVersion = ({ condition }: Branch): boolean => condition.includes('.');
  const branches = [...all.filter(branch => !isVersion(branch)), ...all.filter(isVersion)];
  ordered.set(when, branches);
  return branches;
}

/**
 * Alpine's own builder adds the release to `name` and `description` at the block of the version, and its configs rely on that. A
 * configuration that contains `{release}` itself must not get it twice.
 */
function withRelease(layers: readonly HoconObject[], version: number): readonly HoconObject[] {
  const block = layers[version - 1];
  if (block === undefined) return layers;
  const without = RELEASE_KEYS.filter((_, index) => needsRelease(layers, index));
  return without.length === 0 ? layers : layers.toSpliced(version, 0, releaseLayer(block, without));
}

const RELEASE_KEYS = ['name', 'description'];

/** Only a list is extended; a missing setting or a single text is not. */
function needsRelease(layers: readonly HoconObject[], index: number): boolean {
  let last: ReleaseUse;
  for (const layer of layers) {
    const use = releaseUses(layer)[index];
    if (use === 'release') return false;
    last = use ?? last;
  }
  return last === 'list';
}

/** The content of one of the keys in a block: a release, a list without one, a single text, nothing. */
type ReleaseUse = 'release' | 'list' | 'text' | undefined;

/** Cached by block: variants share most of their blocks. */
const uses = new WeakMap<HoconObject, readonly ReleaseUse[]>();

function releaseUses(block: HoconObject): readonly ReleaseUse[] {
  const known = uses.get(block);
  if (known !== undefined) return known;
  const found = RELEASE_KEYS.map((key): ReleaseUse => {
    const value = block.entries.get(key);
    if (value === undefined) return undefined;
    const items = value.kind === 'array' ? value.items : [value];
    if (items.some(item => /\{(release|version|v_version)\}/.test(textOf(item) ?? ''))) return 'release';
    return value.kind === 'string' ? 'text' : 'list';
  });
  uses.set(block, found);
  return found;
}

/** The same object for the same block, so that the merge can cache it. */
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

/** A text, or a number as written. */
export function textOf(value: HoconValue | undefined): string | undefined {
  if (value?.kind === 'string') return value.value;
  return value?.kind === 'number' ? value.text : undefined;
}

export interface ConfigLayer {
  /** The folder of configuration files. */
  readonly configs: string;
  /** The folder of scripts, which may be missing. */
  readonly scripts: string;
  /** Whether this layer must declare the files of lower layers that it replaces. */
  readonly declares: boolean;
  /** The top-level file, if it is neither images.conf nor alpine.conf. */
  readonly top?: string;
}
