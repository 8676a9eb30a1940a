/**
 * The mirrors of this machine, in aib.local.conf: one, or several that are tried in this order. Separate from workspace.ts, because a build
 * with nothing to do loads only that.
 *
 *     mirror = "https://mirror.example.org/alpine"
 *     mirror = ["https://one.example.org/alpine", "/srv/alpine"]
 */
import type { Result } from '../../util/result.ts';
import { readLocalList, writeLocal } from './local-config.ts';
import type { Workspace } from './workspace.ts';

/** Empty if none is set. */
export function rememberedMirrors({ localConfig }: Workspace): Result<readonly string[]> {
  return readLocalList(localConfig, 'mirror');
}

export function rememberMirrors({ localConfig }: Workspace, mirrors: readonly string[]): Result<void> {
  return writeLocal(localConfig, 'mirror', mirrors);
}
