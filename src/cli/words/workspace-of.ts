/** The workspace of a command: from the current folder, with the store that an option or the environment names. Opens nothing. */
import { findWorkspace, type Workspace } from '../../config/workspace/workspace.ts';
import type { Result } from '../../util/result.ts';
import type { Options } from './options.ts';

export function workspaceOf(options: Pick<Options, 'cache'>): Result<Workspace> {
  return findWorkspace(process.cwd(), { cache: options.cache ?? process.env.AIB_CACHE });
}
