/** What a verb stands on, opened when it asks for it: workspace, project, store, build lock, reporter. Closed in one place, however the verb ends. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectPlace, type Workspace } from '../../config/workspace/workspace.ts';
import { waitingLine } from '../../report/progress/build-lines.ts';
import { makeReporter } from '../../report/progress/reporter.ts';
import type { Reporter } from '../../report/progress/reporter-contract.ts';
import type { AwsCloud } from '../../rules/clouds/aws-variant.ts';
import { loadProject, type Project } from '../../rules/project/project.ts';
import { isShared, makeForGroup, shareStore } from '../../store/access/share-store.ts';
import type { LockHolder } from '../../store/database/build-lock.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import { cannotRead, lockStore, openStore, prepareStore, type Store } from '../../store/store.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { wantsSharing } from '../words/shared-store.ts';
import { workspaceOf } from '../words/workspace-of.ts';
import { tellAtExit } from './interruption.ts';
import { notice, showFailure } from './messages.ts';

/** Runs a verb on a session of its own; gives the exit code. */
export async function withSession(
  options: Options,
  signal: AbortSignal,
  verb: (session: Session) => Promise<Result<number>>,
): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const done = await inSession(new Session(workspace.value, options, signal), verb);
  return done.ok ? done.value : showFailure(done.error);
}

/** What the operating system or SQLite refuses on the way is told as a failure; the session is closed in any case. */
export async function inSession<T>(
  session: Session,
  work: (session: Session) => Promise<Result<T>>,
): Promise<Result<T>> {
  try {
    return await work(session);
  } catch (error) {
    if (session.signal.aborted) return fail({ code: 'AIB_CANCELLED', what: 'Interrupted' });
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return fail({ where: session.workspace.cache, ...failure });
  } finally {
    session.close();
  }
}

export class Session {
  readonly workspace: Workspace;
  readonly options: Options;
  readonly signal: AbortSignal;
  readonly #open: (() => void)[] = [];

  constructor(workspace: Workspace, options: Options, signal: AbortSignal) {
    this.workspace = workspace;
    this.options = options;
    this.signal = signal;
  }

  /** The project as the options want it. A mirror that is named counts for this command: `aib mirror use` remembers one. */
  project(
    more: { readonly update?: true; readonly locked?: true; readonly aws?: AwsCloud | undefined } = {},
  ): Promise<Result<Project>> {
    const { workspace, options, signal } = this;
    return loadProject(workspace, {
      mirror: options.mirror,
      custom: options.custom,
      vars: options.vars,
      sets: options.set,
      locked: more.locked ?? options.locked,
      offline: options.offline,
      // Elsewhere the option is about something else, or not there.
      ...(more.update === true ? { update: true, releases: options.releases, releaseKey: options.releaseKey } : {}),
      aws: more.aws,
      today: () => new Date().toISOString().slice(0, 10),
      signal,
      onNotice: notice,
    });
  }

  /** For looking only. Where there are neither a database nor the files of records that it can be filled from, nothing was built. */
  storeIfAny(): Result<Store | undefined> {
    const { cache } = this.workspace;
    const isThere = ['aib.db', 'records'].some(name => existsSync(join(cache, name)));
    // Whoever may not look into a folder sees nothing in it, either; then opening it says so.
    if (!isThere && cannotRead(cache) === undefined) return ok(undefined);
    return this.storeToRead();
  }

  storeToRead(): Result<Store> {
    return this.#openStore({ readOnly: true });
  }

  /**
   * To be changed, with other builds kept out until the session ends. Waits for whoever builds, before it touches anything of theirs; `tell` hears
   * for whom.
   */
  async storeToWrite(tell: (holder?: LockHolder) => void = tellOnStderr): Promise<Result<Store>> {
    const { cache } = this.workspace;
    const shared = wantsSharing(this.workspace);
    if (!shared.ok) return shared;
    if (shared.value) makeForGroup();
    const refused = prepareStore(cache, shared.value);
    if (refused !== undefined) return fail(refused);
    const holder = { pid: process.pid, command: `aib ${process.argv.slice(2).join(' ')}` };
    const lock = await lockStore(cache, holder, { onWait: tell, signal: this.signal });
    this.#open.push(() => lock.release());
    // One that was there before anybody wanted to share it.
    const unshared = shared.value && !isShared(cache) ? shareStore(cache) : undefined;
    if (unshared !== undefined) return fail(unshared);
    return this.#openStore({});
  }

  reporter(): Reporter {
    const { json = false, quiet = false, verbose = false } = this.options;
    const reporter = makeReporter({
      mode: json ? 'json' : quiet ? 'quiet' : 'auto',
      out: json ? process.stdout : process.stderr,
      verbose,
      now: Date.now,
      logFolder: this.workspace.cache,
    });
    this.#open.push(tellAtExit(reporter));
    return reporter;
  }

  /** Called when the session ends, before what was opened earlier is closed. */
  onClose(close: () => void): void {
    this.#open.push(close);
  }

  /** What was opened last is closed first. */
  close(): void {
    for (const close of this.#open.splice(0).toReversed()) close();
  }

  #openStore(how: { readonly readOnly?: true }): Result<Store> {
    const project = projectPlace(this.workspace);
    const opened = openStore(this.workspace.cache, { now: Date.now, onNotice: notice, project, ...how });
    if (opened.ok) this.#open.push(() => opened.value.close());
    return opened;
  }
}

function tellOnStderr(holder?: LockHolder): void {
  notice(waitingLine({ type: 'waiting', ...holder }));
}
