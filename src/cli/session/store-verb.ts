/** Runs a verb about the store: one that removes something locks the store as a build does; the others read it during a build. */
import { existsSync } from 'node:fs';
import type { Store } from '../../store/store.ts';
import { ok } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { interruption } from './interruption.ts';
import { EXIT, notice } from './messages.ts';
import { printLines } from './print-lines.ts';
import { withSession } from './session.ts';

export interface StoreVerb<T> {
  /** Whether it removes anything. If not, it changes nothing, and does not wait for a build. */
  readonly changes: boolean;
  readonly work: (store: Store, signal: AbortSignal) => T | Promise<T>;
  /** The lines to print; `folder` is the folder of the store. */
  readonly lines: (done: T, folder: string) => readonly string[];
  /** Default: done. */
  readonly exit?: (done: T) => number;
}

/** Returns the exit code. A missing store is not a failure: it prints a notice. */
export function storeVerb<T>(options: Options, verb: StoreVerb<T>): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { cache } = session.workspace;
    if (!existsSync(cache)) {
      notice(`no store found at ${cache}`);
      return ok(EXIT.done);
    }
    const store = verb.changes ? await session.storeToWrite() : session.storeToRead();
    if (!store.ok) return store;
    const done = await verb.work(store.value, session.signal);
    session.close();
    await printLines(verb.lines(done, cache));
    return ok(verb.exit?.(done) ?? EXIT.done);
  });
}
