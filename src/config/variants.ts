/**
 * The matrix: every combination of one key per dimension that the configuration does not exclude, each with its merged settings.
 *
 * Layers, bottom to top: `Default`, then for each dimension in the order in which `Dimensions` lists them the block of the variant's key
 * and right after it that block's matching `WHEN` blocks, then `Mandatory`.
 */
import type { Failure } from '../util/failure.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { formatPosition, type HoconObject, type HoconValue } from './hocon/value.ts';
import { EMPTY, type MapSetting, mergeMap } from './merge.ts';

export interface Matrix {
  /** In the order of the configuration. */
  readonly dimensions: readonly Dimension[];
  readonly variants: readonly Variant[];
}

export interface Dimension {
  readonly name: string;
  readonly keys: readonly string[];
}

export interface Variant {
  /** The key of each dimension, in the order of the dimensions. */
  readonly keys: ReadonlyMap<string, string>;
  readonly settings: MapSetting;
}

/** Keys that steer the merge and are no settings. */
const STEERING: ReadonlySet<string> = new Set(['WHEN', 'EXCLUDE']);

export function resolveMatrix(root: HoconObject): Result<Matrix> {
  const blocks = dimensionBlocks(root);
  if (!blocks.ok) return blocks;
  const shared = new Map([...root.entries].filter(([key]) => !['Default', 'Dimensions', 'Mandatory'].includes(key)));
  const base = mergeMap(EMPTY, { ...root, entries: shared });
  const variants: Variant[] = [];
  for (const keys of combinations(blocks.value)) {
    const settings = resolveVariant(root, base, blocks.value, keys);
    if (settings !== undefined) variants.push({ keys, settings });
  }
  const dimensions = [...blocks.value].map(([name, keys]) => ({ name, keys: [...keys.keys()] }));
  return ok({ dimensions, variants });
}

type Blocks = ReadonlyMap<string, ReadonlyMap<string, HoconObject>>;

function dimensionBlocks(root: HoconObject): Result<Blocks> {
  const dimensions = root.entries.get('Dimensions');
  if (dimensions?.kind !== 'object')
    return fail(shapeFailure(dimensions ?? root, 'Dimensions must be a map of dimensions'));
  const blocks = new Map<string, ReadonlyMap<string, HoconObject>>();
  for (const [name, keys] of dimensions.entries) {
    if (keys.kind !== 'object') return fail(shapeFailure(keys, `The dimension ${name} must be a map of its keys`));
    const byKey = new Map<string, HoconObject>();
    for (const [key, block] of keys.entries) {
      if (block.kind !== 'object') return fail(shapeFailure(block, `${name} ${key} must be a map of settings`));
      byKey.set(key, block);
    }
    blocks.set(name, byKey);
  }
  return ok(blocks);
}

function* combinations(blocks: Blocks): Generator<ReadonlyMap<string, string>> {
  let partial: ReadonlyMap<string, string>[] = [new Map()];
  for (const [name, keys] of blocks) {
    partial = partial.flatMap(chosen => [...keys.keys()].map(key => new Map([...chosen, [name, key]])));
  }
  yield* partial;
}

/** The merged settings, or undefined if something excludes the variant. */
function resolveVariant(
  root: HoconObject,
  base: MapSetting,
  blocks: Blocks,
  keys: ReadonlyMap<string, string>,
): MapSetting | undefined {
  const present = new Set(keys.values());
  let settings = base;
  const layers: HoconObject[] = [];
  const bottom = root.entries.get('Default');
  if (bottom?.kind === 'object') layers.push(...withWhen(bottom, present));
  for (const [name, key] of keys) {
    const block = blocks.get(name)?.get(key);
    if (block !== undefined) layers.push(...withWhen(block, present));
  }
  const top = root.entries.get('Mandatory');
  if (top?.kind === 'object') layers.push(...withWhen(top, present));
  for (const layer of layers) {
    if (excludes(layer.entries.get('EXCLUDE'), present)) return undefined;
    settings = mergeMap(settings, layer, STEERING);
  }
  return settings;
}

/** A block and, after it, those of its WHEN blocks (and theirs) that match. A key with several words matches if any of them is present. */
function* withWhen(block: HoconObject, present: ReadonlySet<string>): Generator<HoconObject> {
  yield block;
  const when = block.entries.get('WHEN');
  if (when?.kind !== 'object') return;
  for (const [condition, inner] of when.entries) {
    const matches = condition.split(/\s+/).some(word => present.has(word));
    if (matches && inner.kind === 'object') yield* withWhen(inner, present);
  }
}

function excludes(list: HoconValue | undefined, present: ReadonlySet<string>): boolean {
  if (list === undefined) return false;
  const items = list.kind === 'array' ? list.items : [list];
  return items.some(
    item => (item.kind === 'string' && present.has(item.value)) || (item.kind === 'number' && present.has(item.text)),
  );
}

function shapeFailure(value: HoconValue, what: string): Failure {
  return { code: 'AIB_CONFIG_SHAPE', what, where: formatPosition(value.at), got: `a ${value.kind}` };
}
