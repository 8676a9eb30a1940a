/** A verb that only asks, from what it stands on to its printed answer: project and store are opened, asked, and closed. Builds nothing. */
import type { Project } from '../../rules/project/project.ts';
import type { Store } from '../../store/store.ts';
import type { Result } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { EXIT, showFailure } from './messages.ts';
import { printLines } from './print-lines.ts';
import { projectOf, questionSignal, storeIfAny, workspaceOf } from './session.ts';

export interface ReadOnlySession {
  readonly project: Project;
  /** Undefined where nothing was ever built. */
  readonly store: Store | undefined;
  readonly signal: AbortSignal;
}

/** `ask` gives the lines of the answer. */
export async function readOnlyVerb(
  options: Options,
  ask: (question: ReadOnlySession) => Promise<Result<Iterable<string>>>,
): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const signal = questionSignal();
  const project = await projectOf(workspace.value, options, { signal });
  if (!project.ok) return showFailure(project.error);
  const store = storeIfAny(workspace.value);
  if (!store.ok) return showFailure(store.error);
  try {
    const lines = await ask({ project: project.value, store: store.value, signal });
    if (!lines.ok) return showFailure(lines.error);
    await printLines(lines.value);
    return EXIT.done;
  } finally {
    store.value?.close();
  }
}
