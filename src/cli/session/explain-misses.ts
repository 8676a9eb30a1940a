/** For an action that must run: `--explain` prints the full reason, `--expect-cached` fails with the reason. */

import type { OnMiss } from '../../engine/build/action-executor.ts';
import type { Emit } from '../../engine/model/events.ts';
import { reasonText } from '../../engine/model/reason.ts';
import { projectWhy } from '../../query/why/project-why.ts';
import { explanationLines } from '../../report/tables/explanation-lines.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Store } from '../../store/store.ts';
import { fail, ok } from '../../util/result.ts';
import type { Options } from '../words/options.ts';

export async function explainMisses(
  options: Pick<Options, 'expectCached'>,
  project: Project,
  context: { readonly store: Store; readonly signal: AbortSignal; readonly emit: Emit },
): Promise<OnMiss> {
  const { explainer } = await projectWhy(project, [], context);
  const style = { folder: project.workspace.folder };
  return async ({ node, reason, encoded }) => {
    const [headline = '', ...causes] =
      reason.type === 'changed' && node.type === 'action' && encoded !== undefined
        ? explanationLines(await explainer.running(node, reason.before, encoded), style)
        : [`${node.label} is made because ${reasonText(reason)}`];
    if (options.expectCached === true) {
      return fail({
        code: 'AIB_NOT_CACHED',
        what: `${node.label} is not cached, and --expect-cached was given`,
        got: reasonText(reason),
        output: causes,
      });
    }
    for (const line of [headline, ...causes]) context.emit({ type: 'notice', line });
    return ok(undefined);
  };
}
