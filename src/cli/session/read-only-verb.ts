/** Runs a read-only verb, from the project to the printed answer. Builds nothing, writes nothing and waits for no other process. */
import type { Project } from '../../rules/project/project.ts';
import type { Store } from '../../store/store.ts';
import { ok, type Result } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { awsFor } from './clouds.ts';
import { endsAtOnce } from './interruption.ts';
import { EXIT } from './messages.ts';
import { printLines } from './print-lines.ts';
import { withSession } from './session.ts';

export interface ReadOnlySession {
  readonly project: Project;
  /** Undefined if nothing was built yet. */
  readonly store: Store | undefined;
  readonly signal: AbortSignal;
}

/** `answer` returns the lines to print. If `labels` name objects at a cloud, the account is read first. */
export function readOnlyVerb(
  options: Options,
  answer: (session: ReadOnlySession) => Promise<Result<Iterable<string>>>,
  labels: readonly string[] = [],
): Promise<number> {
  return withSession(options, endsAtOnce(), async session => {
    const aws = await awsFor(session, labels);
    if (!aws.ok) return aws;
    const project = await session.project({ aws: aws.value });
    if (!project.ok) return project;
    const store = session.storeIfAny();
    if (!store.ok) return store;
    const lines = await answer({ project: project.value, store: store.value, signal: session.signal });
    if (!lines.ok) return lines;
    await printLines(lines.value);
    return ok(EXIT.done);
  });
}
