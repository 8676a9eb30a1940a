/**
 * The remote cache of a build: opened if one is configured, and waited for at the end. Without one, nothing of src/remote/ is loaded.
 */
import { REMOTE_CACHE_VARIABLE, type RemoteCacheSetting, remoteCaches } from '../../config/workspace/remote-caches.ts';
import type { RemoteCache } from '../../engine/build/remote-cache.ts';
import type { BuildStatus, Emit } from '../../engine/model/events.ts';
import { uploadDisplay } from '../../report/progress/upload-display.ts';
import { isCachedRemotely } from '../../rules/kinds/kind-table.ts';
import type { Store } from '../../store/store.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Session } from './session.ts';

export interface RemoteBuild {
  readonly cache: RemoteCache;
  /** Waits until all results are sent, or until the user interrupts. Fails only if the cache is required. */
  readonly finish: (status: BuildStatus) => Promise<Result<void>>;
}

export async function remoteCacheFor(
  session: Session,
  store: Store,
  emit: Emit,
): Promise<Result<RemoteBuild | undefined>> {
  const { options, signal } = session;
  const settings = cachesFor(session);
  if (!settings.ok) return settings;
  if (settings.value.length === 0) return options.remoteRequired === true ? fail(NONE) : ok(undefined);
  const { openCache } = await import('../../remote/results/open-cache.ts');
  let isOver = false;
  const opened = await openCache(settings.value, {
    store,
    accepts: isCachedRemotely,
    // After the build, the lines of the upload are the only ones.
    tell: line => (isOver ? display.tell(line) : emit({ type: 'notice', line })),
    required: options.remoteRequired === true,
    environment: process.env,
    signal,
  });
  if (!opened.ok) return opened;
  const cache = opened.value;
  const display = uploadDisplay({
    out: process.stderr,
    names: cache.names,
    isQuiet: options.quiet === true || options.json === true,
  });
  session.onClose(() => cache.uploads.stop());
  return ok({
    cache,
    finish: async status => {
      isOver = true;
      if (status === 'interrupted') {
        cache.uploads.stop();
        return ok(undefined);
      }
      const end = display.start(() => cache.uploads.progress);
      await cache.uploads.finish(signal).finally(end);
      const failure = cache.failure();
      return failure === undefined || status !== 'done' ? ok(undefined) : fail(failure);
    },
  });
}

const NONE = {
  code: 'AIB_USAGE',
  what: '--remote-required was given, but there is no remote cache to use',
  hint: `name one with --remote-cache, ${REMOTE_CACHE_VARIABLE} or remote_cache in aib.local.conf`,
} as const;

/** In order. --offline leaves only folders. */
function cachesFor({ workspace, options }: Session): Result<readonly RemoteCacheSetting[]> {
  if (options.noRemoteCache === true) return ok([]);
  const found = remoteCaches(workspace, options.remoteCache, process.env);
  if (!found.ok || options.offline !== true) return found;
  return ok(found.value.filter(({ type }) => type === 'folder'));
}
