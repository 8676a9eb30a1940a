/** What the verbs share: workspace, store, signals, reporter, and the way a failure is shown. Opened once, closed once. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openMirror } from '../../alpine/mirror/mirror.ts';
import { rememberMirror } from '../../config/workspace/remembered-mirror.ts';
import { findWorkspace, type Workspace } from '../../config/workspace/workspace.ts';
import type { Resources } from '../../engine/model/action.ts';
import { loadProject, type Project } from '../../rules/project/project.ts';
import { followLinks } from '../../store/sources/follow-links.ts';
import { cannotRead, openStore, type Store } from '../../store/store.ts';
import { availableMemory } from '../../util/available-memory.ts';
import { ok, type Result } from '../../util/result.ts';
import { parseJobs } from '../words/jobs.ts';
import type { Options } from '../words/options.ts';
import { EXIT, notice } from './messages.ts';

export function workspaceOf(options: Options): Result<Workspace> {
  return findWorkspace(process.cwd(), { cache: options.cache ?? process.env.AIB_CACHE });
}

/** The project as the options want it; a mirror that is named is remembered once it was of use. */
export async function projectOf(
  workspace: Workspace,
  options: Options,
  more: { readonly signal: AbortSignal; readonly update?: boolean },
): Promise<Result<Project>> {
  const project = await loadProject(workspace, {
    mirror: options.mirror,
    custom: options.custom,
    vars: options.vars,
    sets: options.set,
    ...(more.update === undefined ? {} : { update: more.update }),
    today: () => new Date().toISOString().slice(0, 10),
    signal: more.signal,
    onNotice: notice,
  });
  if (!project.ok || options.mirror === undefined) return project;
  const opened = openMirror(options.mirror);
  if (!opened.ok) return project;
  const isOther = rememberMirror(workspace, opened.value.spec);
  if (!isOther.ok) return isOther;
  if (!isOther.value) return project;
  // What this run writes itself has not changed under it.
  const files = new Map([...project.value.files, ...followLinks(workspace.localConfig)]);
  return ok({ ...project.value, files });
}

/** Where there are neither a database nor the files of records that it can be filled from, nothing was built. */
export function storeIfAny(workspace: Workspace): Result<Store | undefined> {
  const isThere = ['aib.db', 'records'].some(name => existsSync(join(workspace.cache, name)));
  // Whoever may not look into a folder sees nothing in it, either; then opening it says so.
  if (!isThere && cannotRead(workspace.cache) === undefined) return ok(undefined);
  return openStore(workspace.cache, { now: Date.now, onNotice: notice, readOnly: true });
}

/** For verbs that only ask: Ctrl-C ends them at once, as it ends any program that does not listen, and nothing is left half done. */
export function questionSignal(): AbortSignal {
  return new AbortController().signal;
}

/** Ctrl-C once: stop cleanly; twice: at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}

/** What this machine has for actions; a part of the memory is left to everything else. */
export function machineCapacity(words: string | undefined): Result<Resources> {
  const jobs = parseJobs(words);
  if (!jobs.ok) return jobs;
  const cpu = availableParallelism();
  const memory = Math.floor(availableMemory() * 0.8);
  const limit = jobs.value;
  if (limit === undefined) return ok({ cpu, memory, network: 4 });
  return ok({ cpu: limit, memory, network: limit, jobs: limit });
}
