/**
 * The matrix: every combination of one key per dimension that the configuration does not exclude, each with its merged settings. Does not
 * use the date: the reader of the lock decides what is past its end of life.
 */
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { formatPosition, type HoconObject, type HoconValue } from '../hocon/value.ts';
import { type Blocks, layersOf } from './layers.ts';
import { type MapSetting, Merger } from './merge.ts';
import { isSettingKey } from './schema.ts';

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
  /** The settings of the blocks that it shares with others (see SHARED_DIMENSIONS); undefined if these blocks exclude the variant. */
  readonly shared?: MapSetting;
  /** The date in a block of the configuration, YYYY-MM-DD; overrides Alpine's own date. */
  readonly endOfLife?: string;
}

/**
 * Variants with the same keys of these dimensions are one family. They share the settings of Default, of the blocks of these keys, of
 * Mandatory and of the command line. These must not depend on other variants.
 */
const SHARED_DIMENSIONS: readonly string[] = ['version', 'arch', 'machine'];

/** Keys that control the merge and are not settings. */
const STEERING: ReadonlySet<string> = new Set(['WHEN', 'EXCLUDE']);

/** `over`: layers of the command line, above all others. */
export function resolveMatrix(root: HoconObject, over: readonly HoconObject[] = []): Result<Matrix> {
  const dimensions = dimensionBlocks(root);
  if (!dimensions.ok) return dimensions;
  const names = new Set(dimensions.value.keys());
  const blocks: Blocks = {
    shared: { ...root, entries: new Map([...root.entries].filter(([key]) => isSettingKey(key, names))) },
    bottom: blockAt(root, 'Default'),
    dimensions: dimensions.value,
    top: blockAt(root, 'Mandatory'),
    over,
  };
  const variants: Variant[] = [];
  const merger = new Merger(STEERING);
  const families = new Map<string, MapSetting | undefined>();
  const sharedOf = (keys: ReadonlyMap<string, string>): MapSetting | undefined => {
    const family = new Map([...keys].filter(([dimension]) => SHARED_DIMENSIONS.includes(dimension)));
    const name = JSON.stringify([...family]);
    if (!families.has(name)) {
      const layering = layersOf(blocks, family);
      families.set(name, layering && merger.settle(layering.layers, layering.shared));
    }
    return families.get(name);
  };
  for (const keys of combinations(dimensions.value)) {
    const layering = layersOf(blocks, keys);
    if (layering === undefined) continue;
    const { layers, shared, endOfLife } = layering;
    const settings = merger.settle(layers, shared);
    const family = sharedOf(keys);
    variants.push({
      ...{ keys, settings },
      ...(family === undefined ? {} : { shared: family }),
      ...(endOfLife === undefined ? {} : { endOfLife }),
    });
  }
  return ok({
    dimensions: [...dimensions.value].map(([name, keys]) => ({ name, keys: [...keys.keys()] })),
    variants,
  });
}

function blockAt(root: HoconObject, key: string): HoconObject | undefined {
  const block = root.entries.get(key);
  return block?.kind === 'object' ? block : undefined;
}

/** `null` removes a dimension or a key: so an overlay can leave one out. */
function dimensionBlocks(root: HoconObject): Result<Blocks['dimensions']> {
  const dimensions = root.entries.get('Dimensions');
  if (dimensions?.kind !== 'object')
    return fail(shapeFailure(dimensions ?? root, 'Dimensions must be a map of dimensions'));
  const blocks = new Map<string, ReadonlyMap<string, HoconObject>>();
  for (const [name, keys] of dimensions.entries) {
    if (keys.kind === 'null') continue;
    if (keys.kind !== 'object') return fail(shapeFailure(keys, `The dimension ${name} must be a map of its keys`));
    const byKey = new Map<string, HoconObject>();
    for (const [key, block] of keys.entries) {
      if (block.kind === 'null') continue;
      if (block.kind !== 'object') return fail(shapeFailure(block, `${name} ${key} must be a map of settings`));
      byKey.set(key, block);
    }
    if (byKey.size === 0) return fail(shapeFailure(keys, `The dimension ${name} has no keys`));
    blocks.set(name, byKey);
  }
  return ok(blocks);
}

function* combinations(blocks: Blocks['dimensions']): Generator<ReadonlyMap<string, string>> {
  let partial: ReadonlyMap<string, string>[] = [new Map()];
  for (const [name, keys] of blocks) {
    partial = partial.flatMap(chosen => [...keys.keys()].map(key => new Map([...chosen, [name, key]])));
  }
  yield* partial;
}

function shapeFailure(value: HoconValue, what: string): Failure {
  return {
    code: 'AIB_CONFIG_SHAPE',
    what,
    where: formatPosition(value.at),
    got: value.kind === 'object' ? 'a map' : `a ${value.kind}`,
  };
}
