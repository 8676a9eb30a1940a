/**
 * The resources of a verb, opened on request: workspace, project, store, build lock, reporter. Closes all of them in one place when the
 * verb ends.
 */
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

/** Runs a verb in a new session; returns the exit code. */
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

/** Converts errors of the operating system and of SQLite into failures, and always closes the session. */
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

  /**
   * Loads the project with the options. A mirror on the command line is used for this command only; `aib mirror use` sets one permanently.
   */
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
      // In other verbs these options have another meaning or do not exist.
      ...(more.update === true ? { update: true, releases: options.releases, releaseKey: options.releaseKey } : {}),
      aws: more.aws,
      today: () => new Date().toISOString().slice(0, 10),
      signal,
      onNotice: notice,
    });
  }

  /** Read-only. Undefined if nothing was built: there is neither a database nor a folder of records to fill it from. */
  storeIfAny(): Result<Store | undefined> {
    const { cache } = this.workspace;
    const isThere = ['aib.db', 'records'].some(name => existsSync(join(cache, name)));
    // In an unreadable folder no file seems to exist; then opening the store reports the failure.
    if (!isThere && cannotRead(cache) === undefined) return ok(undefined);
    return this.storeToRead();
  }

  storeToRead(): Result<Store> {
    return this.#openStore({ readOnly: true });
  }

  /**
   * Opens the store for changes and locks it until the session ends. Waits for a running build before it changes anything; calls `tell`
   * with the holder of the lock.
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
    // The store existed before sharing was configured.
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

  /** Closes in reverse order of opening. */
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
