/** `aib build` and `aib boot`. Answers at once from the last build's snapshot if nothing changed; only else loads what building takes. */
import { findWorkspace } from '../config/workspace.ts';
import { readSnapshot } from '../store/snapshot.ts';
import { formatFailure } from '../util/failure.ts';
import type { Options } from './main.ts';

/** What a build says at its end, and a null build says again. */
export interface Summary {
  readonly nodes: number;
  /** One line per target, for standard output. */
  readonly lines: readonly string[];
}

export function buildCommand(labels: readonly string[], options: Options): Promise<number> {
  return buildOrSayDone('build', labels, options);
}

/** `aib boot LABEL` is `aib build LABEL:boot`. */
export function bootCommand(labels: readonly string[], options: Options): Promise<number> {
  return buildOrSayDone(
    'boot',
    labels.map(label => (/:[^/]*$/.test(label) ? label : `${label}:boot`)),
    options,
  );
}

async function buildOrSayDone(verb: string, labels: readonly string[], options: Options): Promise<number> {
  if (labels.length === 0) {
    process.stderr.write(`aib: name what to ${verb}, for example: aib ${verb} //aws/x86_64/uefi/tiny\n`);
    return 2;
  }
  const workspace = findWorkspace(process.cwd(), { cache: options.cache ?? process.env.AIB_CACHE });
  if (!workspace.ok) {
    process.stderr.write(`aib: ${formatFailure(workspace.error)}\n`);
    return 2;
  }
  const command = [verb, workspace.value.folder, options.mirror ?? '', options.output ?? '', ...labels];
  const last = readSnapshot(workspace.value.cache, command) as Summary | undefined;
  if (last === undefined)
    return (await import('./build-flow.ts')).buildFlow({ workspace: workspace.value, command, labels, options });
  if (options.json === true) {
    const event = { type: 'finished', status: 'done', ran: 0, hits: last.nodes, failed: 0, at: Date.now() };
    process.stdout.write(`${JSON.stringify(event)}\n`);
  } else if (options.quiet !== true) {
    process.stderr.write(`up to date: ${last.nodes} nodes, nothing to do\n`);
    for (const line of last.lines) process.stdout.write(`${line}\n`);
  }
  return 0;
}
