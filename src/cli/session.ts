/** What the verbs share: workspace, store, signals, reporter, and the way a failure is shown. Opened once, closed once. */
import { availableParallelism, freemem } from 'node:os';
import { openMirror } from '../alpine/mirror.ts';
import { findWorkspace, rememberMirror, type Workspace } from '../config/workspace.ts';
import type { Resources } from '../engine/action.ts';
import { loadProject, type Project } from '../rules/project.ts';
import { type Failure, formatFailure } from '../util/failure.ts';
import { ok, type Result } from '../util/result.ts';
import type { Options } from './main.ts';

/** Exit codes, as documented. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

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
    ...(more.update === undefined ? {} : { update: more.update }),
    today: () => new Date().toISOString().slice(0, 10),
    signal: more.signal,
    onNotice: notice,
  });
  if (project.ok && options.mirror !== undefined) {
    const opened = openMirror(options.mirror);
    if (opened.ok) rememberMirror(workspace, opened.value.spec);
  }
  return project;
}

/** One line on standard error: something the user should know, but need not act on. */
export function notice(line: string): void {
  process.stderr.write(`aib: ${line}\n`);
}

/** Shows a failure; gives the exit code. */
export function showFailure(failure: Failure): number {
  process.stderr.write(`aib: ${formatFailure(failure)}\n`);
  if (failure.code === 'AIB_CANCELLED') return EXIT.interrupted;
  return /^AIB_(LABEL|NO_SUCH|NO_WORKSPACE|CONFIG|NO_SCRIPT|USAGE)/.test(failure.code) ? EXIT.usage : EXIT.failed;
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
export function machineCapacity(jobs: number | string | undefined): Result<Resources> {
  const cpu = availableParallelism();
  const memory = Math.floor((freemem() / 1024 / 1024) * 0.8);
  if (jobs === undefined) return ok({ cpu, memory, network: 4 });
  const limit = Number(jobs);
  if (!Number.isInteger(limit) || limit < 1) {
    return { ok: false, error: { code: 'AIB_USAGE', what: '--jobs must be a whole number from 1', got: String(jobs) } };
  }
  return ok({ cpu: limit, memory, network: limit, jobs: limit });
}
