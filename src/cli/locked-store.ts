/** The store for verbs of its own: held as a build holds it for those that take something out, read beside a build by the others. */

import type { LockHolder } from '../store/build-lock.ts';
import { openStore, type Store } from '../store/store.ts';
import { storeFailure } from '../store/store-failure.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { notice } from './messages.ts';

/** Changes nothing, and waits for nobody. */
export async function withStoreToRead<T>(
  folder: string,
  signal: AbortSignal,
  work: (store: Store) => Promise<T>,
): Promise<Result<T>> {
  const opened = openStore(folder, { now: Date.now, onNotice: notice, readOnly: true });
  if (!opened.ok) return opened;
  return guarded(folder, signal, opened.value, () => work(opened.value));
}

/** Waits for whoever builds, and says for whom. */
export async function withLockedStore<T>(
  folder: string,
  signal: AbortSignal,
  work: (store: Store) => Promise<T>,
): Promise<Result<T>> {
  const opened = openStore(folder, { now: Date.now, onNotice: notice });
  if (!opened.ok) return opened;
  const store = opened.value;
  return guarded(folder, signal, store, async () => {
    const holder = { pid: process.pid, command: `aib ${process.argv.slice(2).join(' ')}` };
    const onWait = (other?: LockHolder): void => {
      const who = other === undefined ? 'another aib' : `pid ${other.pid} (${other.command})`;
      notice(`waiting for ${who}, which builds in this store`);
    };
    const lock = await store.lock(holder, { signal, onWait });
    try {
      return await work(store);
    } finally {
      lock.release();
    }
  });
}

async function guarded<T>(
  folder: string,
  signal: AbortSignal,
  store: Store,
  work: () => Promise<T>,
): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    if (signal.aborted) return fail({ code: 'AIB_CANCELLED', what: 'Interrupted' });
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return fail({ where: folder, ...failure });
  } finally {
    store.close();
  }
}
