/** Verbs about the store itself: held as a build holds it by those that take something out, read beside a build by the others. */
import { existsSync } from 'node:fs';
import type { Store } from '../../store/store.ts';
import { ok } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { interruption } from './interruption.ts';
import { EXIT, notice } from './messages.ts';
import { printLines } from './print-lines.ts';
import { withSession } from './session.ts';

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
export function storeVerb<T>(options: Options, verb: StoreVerb<T>): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { cache } = session.workspace;
    if (!existsSync(cache)) {
      notice(`there is no store at ${cache}`);
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
