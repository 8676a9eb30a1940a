/** The folders of a workspace's configuration and scripts. Separate from workspace.ts, because a build with nothing to do loads only that. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../../util/result.ts';
import { customLayer } from '../tree/config-tree.ts';
import type { ConfigLayer } from '../tree/layers.ts';
import { rememberedMirrors } from './mirrors.ts';
import type { Workspace } from './workspace.ts';

/**
 * The built-in tree, the workspace, and the --custom folders, lowest first. The files of a workspace hide built-in files of the same name;
 * a --custom folder must declare the files that it replaces.
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

/** The lock file of a mirror: a sample mirror, which contains sample.json, has a separate one. */
export function lockPathOf(workspace: Workspace, named: readonly string[] | undefined): Result<string> {
  const mirrors = named === undefined ? rememberedMirrors(workspace) : ok(named);
  if (!mirrors.ok) return mirrors;
  const [mirror] = mirrors.value;
  const isSample = mirror !== undefined && !mirror.includes('://') && existsSync(join(mirror, 'sample.json'));
  return ok(lockFile(workspace, isSample ? 'sample' : 'alpine'));
}

/** The path of the lock file for a trust root. */
export function lockFile({ folder }: Workspace, root: string): string {
  return join(folder, root === 'alpine' ? 'aib.lock' : `aib.${root}.lock`);
}
