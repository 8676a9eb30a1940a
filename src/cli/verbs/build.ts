/**
 * `aib build` and `aib boot`. If nothing changed, answers at once from the snapshot of the last build, and does not load the code that
 * builds.
 */
import type { BuildRequest } from '../session/build-flow.ts';
import { showFailure } from '../session/messages.ts';
import { type Asked, commandOf, lastBuild, targetLabels, upToDate } from '../session/null-build.ts';
import type { Options } from '../words/options.ts';
import { workspaceOf } from '../words/workspace-of.ts';

export async function buildCommand(verb: Asked['verb'], words: readonly string[], options: Options): Promise<number> {
  if (words.length === 0) {
    process.stderr.write(
      `aib: aib ${verb} requires at least one label, for example: aib ${verb} //aws/x86_64/uefi/tiny\n`,
    );
    return 2;
  }
  const found = workspaceOf(options);
  if (!found.ok) return showFailure(found.error);
  const workspace = found.value;
  const lists = [options.custom, options.vars, options.set, options.only, options.skip];
  const changes = lists.some(list => list !== undefined) ? lists : undefined;
  const asked: Asked = { verb, labels: words, mirror: options.mirror, output: options.output, changes };
  const command = commandOf(workspace, asked);
  const last = lastBuild(workspace, command);
  if (last === undefined) return buildAgain({ workspace, command, labels: targetLabels(asked), options });
  if (options.json === true) {
    const event = { type: 'finished', status: 'done', ran: 0, hits: last.nodes, failed: 0, at: Date.now() };
    process.stdout.write(`${JSON.stringify(event)}\n`);
  } else if (options.quiet !== true) {
    process.stderr.write(upToDate(last));
    for (const line of last.lines) process.stdout.write(`${line}\n`);
  }
  return 0;
}

async function buildAgain(request: Omit<BuildRequest, 'signal'>): Promise<number> {
  const [{ buildFlow }, { interruption }] = await Promise.all([
    import('../session/build-flow.ts'),
    import('../session/interruption.ts'),
  ]);
  const outcome = await buildFlow({ ...request, signal: interruption() });
  return outcome.ok ? outcome.value.exit : showFailure(outcome.error);
}
