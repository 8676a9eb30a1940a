/** Which folders a workspace's configuration and scripts come from. Apart from workspace.ts, which a build that has nothing to do loads alone. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../../util/result.ts';
import { customLayer } from '../tree/config-tree.ts';
import type { ConfigLayer } from '../tree/layers.ts';
import { rememberedMirrors } from './mirrors.ts';
import type { Workspace } from './workspace.ts';

/**
 * The built-in tree, the workspace's own, and those of --custom, lowest first. A workspace is somebody's own project, so its files hide the
 * built-in ones of the same name; what is put over it from elsewhere must say so.
 */
export function layersOf(workspace: Workspace, custom: readonly string[] = []): Result<readonly ConfigLayer[]> {
  const folders = workspace.home === workspace.folder ? [workspace.folder] : [workspace.home, workspace.folder];
  const layers: ConfigLayer[] = folders.map(folder => ({
    configs: join(folder, 'configs'),
    scripts: join(folder, 'scripts'),
    declares: false,
  }));
  for (const folder of custom) {
    const layer = customLayer(folder);
    if (!layer.ok) return layer;
    layers.push(layer.value);
  }
  return ok(layers);
}

/** The lock that goes with a mirror: that of a sample, which says so itself, is a file of its own. */
export function lockPathOf(workspace: Workspace, named: readonly string[] | undefined): Result<string> {
  const mirrors = named === undefined ? rememberedMirrors(workspace) : ok(named);
  if (!mirrors.ok) return mirrors;
  const [mirror] = mirrors.value;
  const isSample = mirror !== undefined && !mirror.includes('://') && existsSync(join(mirror, 'sample.json'));
  return ok(lockFile(workspace, isSample ? 'sample' : 'alpine'));
}

/** Where the lock lies that goes with a trust root. */
export function lockFile({ folder }: Workspace, root: string): string {
  return join(folder, root === 'alpine' ? 'aib.lock' : `aib.${root}.lock`);
}
