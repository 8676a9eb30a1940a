/** Whether a group of users shares the store: `cache_shared` of aib.local.conf, or the rights that the store's folder has already. */
import { readLocal } from '../../config/workspace/local-config.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { isShared } from '../../store/access/share-store.ts';
import { fail, ok, type Result } from '../../util/result.ts';

export function wantsSharing({ localConfig, cache }: Workspace): Result<boolean> {
  const local = readLocal(localConfig, 'cache_shared');
  if (!local.ok) return local;
  if (local.value === undefined || local.value === 'group') return ok(local.value === 'group' || isShared(cache));
  return fail({
    code: 'AIB_CONFIG_VALUE',
    what: 'cache_shared is not understood',
    where: `${localConfig}, cache_shared`,
    got: local.value,
    hint: 'write cache_shared = group, or leave the line out',
  });
}
