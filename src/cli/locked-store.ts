/** The store, held as a build holds it, for verbs that take something out of it. Waits for whoever builds, and says for whom. */

import { openStore, type Store } from '../store/store.ts';
import { storeFailure } from '../store/store-failure.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { notice } from './messages.ts';

export async function withLockedStore<T>(
  folder: string,
  signal: AbortSignal,
  work: (store: Store) => Promise<T>,
): Promise<Result<T>> {
  const opened = openStore(folder, { now: Date.now, onNotice: notice });
  if (!opened.ok) return opened;
  const store = opened.value;
  try {
    const holder = { pid: process.pid, command: `aib ${process.argv.slice(2).join(' ')}` };
    const lock = await store.lock(holder, {
      signal,
      onWait: other =>
        notice(
          other === undefined
            ? 'waiting for another aib, which builds in this store'
            : `waiting for pid ${other.pid} (${other.command}), which builds in this store`,
        ),
    });
    try {
      return ok(await work(store));
    } finally {
      lock.release();
    }
  } catch (error) {
    if (signal.aborted) return fail({ code: 'AIB_CANCELLED', what: 'Interrupted' });
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return fail({ where: folder, ...failure });
  } finally {
    store.close();
  }
}
