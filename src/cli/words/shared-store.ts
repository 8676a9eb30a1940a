/** Whether a group of users shares the store: `cache_shared` in aib.local.conf, or the permissions of the store's folder. */
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
    what: 'Setting `cache_shared` has an invalid value',
    where: `${localConfig}, cache_shared`,
    got: local.value,
    hint: 'write cache_shared = group, or remove the line',
  });
}
