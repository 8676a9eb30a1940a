/**
 * Finds files of one layer that hide files of a layer below. This must be an error: otherwise a later change to the hidden file would have
 * no effect, without any message. Two files with the same bytes do not collide.
 *
 *     overrides = ["configs/cloud/aws.conf", "scripts/setup"]     in the later layer's images.conf: these replace the files below
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { loadHocon } from '../hocon/load.ts';
import type { ConfigLayer } from './layers.ts';
import { textOf } from './layers.ts';

export interface Collisions {
  readonly failures: readonly Failure[];
  /** Folders that were listed or are missing: a file that is added to one of them may collide, or hide another file. */
  readonly folders: readonly string[];
}

/** Lowest layer first. The top-level file is meant to be replaced, so it does not collide. */
export function collisions(layers: readonly ConfigLayer[]): Collisions {
  const failures: Failure[] = [];
  const folders: string[] = [];
  for (const [index, layer] of layers.entries()) {
    if (!layer.declares) continue;
    const below = layers.slice(0, index).toReversed();
    const found = (['configs', 'scripts'] as const).flatMap(kind =>
      listFiles(layer[kind], folders).flatMap(name => {
        if (kind === 'configs' && name === 'images.conf') return [];
        const upper = join(layer[kind], name);
        const lower = below.map(each => join(each[kind], name)).find(path => existsSync(path));
        return lower === undefined || isSame(upper, lower) ? [] : [{ name: `${kind}/${name}`, upper, lower }];
      }),
    );
    if (found.length === 0) continue;
    const declared = declaredBy(layer, below);
    for (const { name, upper, lower } of found) {
      if (declared.has(name) || declared.has(name.replace(/^configs\//, ''))) continue;
      failures.push({
        code: 'AIB_CONFIG_COLLISION',
        what: `Two layers contain ${name}`,
        where: upper,
        got: `it would hide ${lower}`,
        hint: `rename it; or, to replace the other file, write overrides = ["${name}"] in ${join(layer.configs, 'images.conf')}`,
      });
    }
  }
  return { failures, folders };
}

/** Paths inside the folder, sorted; records each folder, even a missing one. */
function listFiles(folder: string, folders: string[], prefix = ''): readonly string[] {
  folders.push(folder);
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap(entry =>
    entry.isDirectory()
      ? listFiles(join(folder, entry.name), folders, `${prefix}${entry.name}/`)
      : [`${prefix}${entry.name}`],
  );
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [statSync(one, { throwIfNoEntry: false }), statSync(other, { throwIfNoEntry: false })];
  if (a?.isFile() !== true || b?.isFile() !== true || a.size !== b.size) return false;
  return readFileSync(one).equals(readFileSync(other));
}

/** The overrides in the layer's own top-level file; included files belong to other layers. */
function declaredBy(layer: ConfigLayer, below: readonly ConfigLayer[]): ReadonlySet<string> {
  const top = join(layer.configs, 'images.conf');
  if (!existsSync(top)) return new Set();
  const loaded = loadHocon(top, { roots: [layer, ...below].map(({ configs }) => configs) });
  const list = loaded.ok ? loaded.value.root.entries.get('overrides') : undefined;
  const items = list?.kind === 'array' ? list.items : list === undefined ? [] : [list];
  return new Set(items.filter(item => item.at.file.startsWith(layer.configs)).flatMap(item => textOf(item) ?? []));
}
