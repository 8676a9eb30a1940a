/** The mirror that this machine chose, in aib.local.conf. Apart from workspace.ts, which a build that has nothing to do loads alone. */
import type { Result } from '../../util/result.ts';
import { readLocal, writeLocal } from './local-config.ts';
import type { Workspace } from './workspace.ts';

/** Undefined if none was chosen. */
export function rememberedMirror({ localConfig }: Workspace): Result<string | undefined> {
  return readLocal(localConfig, 'mirror');
}

/** Whether it was another one before. */
export function rememberMirror({ localConfig }: Workspace, mirror: string): Result<boolean> {
  return writeLocal(localConfig, 'mirror', mirror);
}
