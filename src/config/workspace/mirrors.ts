/**
 * The mirrors that this machine chose, in aib.local.conf: one, or several that are asked in that order. Apart from workspace.ts, which a build
 * that has nothing to do loads alone.
 *
 *     mirror = "https://mirror.example.org/alpine"
 *     mirror = ["https://one.example.org/alpine", "/srv/alpine"]
 */
import type { Result } from '../../util/result.ts';
import { readLocalList, writeLocal } from './local-config.ts';
import type { Workspace } from './workspace.ts';

/** Empty if none was chosen. */
export function rememberedMirrors({ localConfig }: Workspace): Result<readonly string[]> {
  return readLocalList(localConfig, 'mirror');
}

export function rememberMirrors({ localConfig }: Workspace, mirrors: readonly string[]): Result<void> {
  return writeLocal(localConfig, 'mirror', mirrors);
}
