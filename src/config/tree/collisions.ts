/**
 * Files of one layer that would hide files of a layer below. Silence would be worse than an error: somebody else's change to the hidden file
 * would have no effect and no sign. Where both are the same bytes, nothing is hidden.
 *
 *     overrides = ["configs/cloud/aws.conf", "scripts/setup"]     in the later layer's images.conf: these replace what lies below
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { loadHocon } from '../hocon/load.ts';
import type { ConfigLayer } from './layers.ts';
import { textOf } from './layers.ts';

export interface Collisions {
  readonly failures: readonly Failure[];
  /** Folders that were listed, or that are missing: a file that is added to one may collide, or count for more than another. */
  readonly folders: readonly string[];
}

/** Lowest layer first. The top-level file is what layers are for, so it never collides. */
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
        what: `Two layers have ${name}`,
        where: upper,
        got: `it would hide ${lower}`,
        hint: `rename it; or, to replace the other on purpose, write overrides = ["${name}"] in ${join(layer.configs, 'images.conf')}`,
      });
    }
  }
  return { failures, folders };
}

/** Paths inside the folder, sorted; notes each folder that it lists, or would. */
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

/** What the layer's own top-level file declares; what it includes speaks for other layers. */
function declaredBy(layer: ConfigLayer, below: readonly ConfigLayer[]): ReadonlySet<string> {
  const top = join(layer.configs, 'images.conf');
  if (!existsSync(top)) return new Set();
  const loaded = loadHocon(top, { roots: [layer, ...below].map(({ configs }) => configs) });
  const list = loaded.ok ? loaded.value.root.entries.get('overrides') : undefined;
  const items = list?.kind === 'array' ? list.items : list === undefined ? [] : [list];
  return new Set(items.filter(item => item.at.file.startsWith(layer.configs)).flatMap(item => textOf(item) ?? []));
}
