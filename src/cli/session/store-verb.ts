/** Verbs about the store itself: held as a build holds it by those that take something out, read beside a build by the others. */
import { existsSync } from 'node:fs';
import { waitingLine } from '../../report/progress/build-lines.ts';
import type { LockHolder } from '../../store/database/build-lock.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import { openStore, type Store } from '../../store/store.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { EXIT, notice, showFailure } from './messages.ts';
import { printLines } from './print-lines.ts';
import { interruption, workspaceOf } from './session.ts';

export interface StoreVerb<T> {
  /** Whether it takes anything out. If not, it changes nothing, and waits for nobody. */
  readonly changes: boolean;
  readonly work: (store: Store, signal: AbortSignal) => T | Promise<T>;
  /** What is said of it; `folder` is the store's. */
  readonly lines: (done: T, folder: string) => readonly string[];
  /** Default: done. */
  readonly exit?: (done: T) => number;
}

/** Without a store there is nothing to do but to say so. Gives the exit code. */
export async function storeVerb<T>(options: Options, verb: StoreVerb<T>): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const { cache } = workspace.value;
  if (!existsSync(cache)) {
    notice(`there is no store at ${cache}`);
    return EXIT.done;
  }
  const done = await withStore(cache, verb);
  if (!done.ok) return showFailure(done.error);
  await printLines(verb.lines(done.value, cache));
  return verb.exit?.(done.value) ?? EXIT.done;
}

async function withStore<T>(folder: string, { changes, work }: StoreVerb<T>): Promise<Result<T>> {
  const signal = interruption();
  const opened = openStore(folder, { now: Date.now, onNotice: notice, readOnly: !changes });
  if (!opened.ok) return opened;
  const store = opened.value;
  try {
    return ok(await (changes ? whileHeld(store, signal, () => work(store, signal)) : work(store, signal)));
  } catch (error) {
    if (signal.aborted) return fail({ code: 'AIB_CANCELLED', what: 'Interrupted' });
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return fail({ where: folder, ...failure });
  } finally {
    store.close();
  }
}

/** Waits for whoever builds, and says for whom. */
async function whileHeld<T>(store: Store, signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
  const holder = { pid: process.pid, command: `aib ${process.argv.slice(2).join(' ')}` };
  const onWait = (other?: LockHolder): void => notice(waitingLine({ type: 'waiting', ...other }));
  const lock = await store.lock(holder, { signal, onWait });
  try {
    return await work();
  } finally {
    lock.release();
  }
}
