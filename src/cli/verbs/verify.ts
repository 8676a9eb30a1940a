/** `aib verify LABEL…`: builds what labels stand on again, differently, and compares every byte. Builds it a first time where that has not happened yet. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '../../engine/build/decide.ts';
import { inputsAmong, type Label, type Outputs, reachable } from '../../engine/model/graph.ts';
import { probeAccelerator } from '../../qemu/accelerator.ts';
import { verdictLines, verdictSummary } from '../../report/tables/verdict-lines.ts';
import type { Store } from '../../store/store.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { type BuiltNode, type NodeVerdict, type Rebuilding, rebuild } from '../../verify/rebuild/rebuild.ts';
import { VARIATIONS, type VariationName, variationsFor } from '../../verify/rebuild/variations.ts';
import { type BuiltProject, buildFlow } from '../session/build-flow.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { runnersFor } from '../session/runners.ts';
import { type Session, withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export function verifyCommand(words: readonly string[], options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const names = variationNames(options);
    if (!names.ok) return names;
    let exit: number = EXIT.done;
    const built = await buildFlow({
      workspace: session.workspace,
      signal: session.signal,
      labels: words,
      // What it takes to make them the first time is no part of the answer.
      options: { ...options, quiet: true, json: false },
      after: async project => {
        const verified = await verify(project, { session, options, names: names.value });
        if (!verified.ok) return verified;
        exit = verified.value;
        return ok(undefined);
      },
    });
    if (!built.ok) return built;
    return ok(built.value.exit === EXIT.done ? exit : built.value.exit);
  });
}

function variationNames({ vary }: Options): Result<readonly VariationName[]> {
  const isKnown = (name: string): name is VariationName => VARIATIONS.some(known => known === name);
  const names = vary ?? VARIATIONS;
  const unknown = names.find(name => !isKnown(name));
  if (unknown === undefined) return ok(names.filter(isKnown));
  return fail({
    code: 'AIB_USAGE',
    what: 'There is no such variation',
    got: unknown,
    hint: `--vary takes ${VARIATIONS.join(', ')}`,
  });
}

interface Verifying {
  readonly session: Session;
  readonly options: Options;
  readonly names: readonly VariationName[];
}

async function verify(built: BuiltProject, { session, options, names }: Verifying): Promise<Result<number>> {
  const { project, store } = built;
  const { signal } = session;
  const accelerator = await probeAccelerator();
  const variations = variationsFor(names, join(store.temporary, `verify-${randomUUID()}`));
  const rebuilding: Rebuilding = {
    runners: runnersFor(session, store, project.mirror),
    variations,
    grants: { accelerator: accelerator.accelerator, limitFactor: options.limitFactor ?? 1 },
    pathOf: artifact => store.blobs.path(artifact.digest),
    signal,
    now: () => performance.now(),
  };
  const { nodes, absent } = builtNodes(built);
  for (const label of absent) notice(`${label} is not verified: what it is made from is not in the store any more`);
  const verdicts: NodeVerdict[] = [];
  const { default: Queue } = await import('p-queue');
  const queue = new Queue({ concurrency: options.jobs ?? 1 });
  await queue.addAll(
    nodes.map(node => async () => {
      if (signal.aborted) return;
      const verdict = await rebuild(node, rebuilding);
      if (signal.aborted) return;
      verdicts.push(verdict);
      await printLines(options.json === true ? [JSON.stringify(verdict)] : verdictLines(verdict));
    }),
  );
  if (signal.aborted) return ok(EXIT.interrupted);
  const inOrder = nodes.flatMap(({ label }) => verdicts.filter(verdict => verdict.label === label));
  if (options.json !== true) await printLines(verdictSummary(inOrder, variations));
  const has = (outcome: NodeVerdict['outcome']): boolean => verdicts.some(verdict => verdict.outcome === outcome);
  return ok(has('failed') ? EXIT.failed : has('different') ? EXIT.found : EXIT.done);
}

/** Of what the targets stand on, inputs first: all that is made here. What is fetched is known by its digest. */
function builtNodes({ project, outputs, store, targets }: BuiltProject): {
  readonly nodes: readonly BuiltNode[];
  readonly absent: readonly Label[];
} {
  const nodes: BuiltNode[] = [];
  const absent: Label[] = [];
  const asked = targets.map(({ label }) => label);
  for (const node of reachable(project.graph, asked)) {
    const { label, kind } = node;
    const made = outputs.get(label);
    if (node.type !== 'action' || made === undefined) continue;
    const inputs = inputsAmong(node, outputs);
    const described = describe(node, inputs);
    if (!described.ok || described.value.action.sort === 'fetch') continue;
    const { action, encoded } = described.value;
    const isHere = [...Object.values(inputs), ...Object.values(made)].every(each => isInStore(each, store));
    if (isHere) nodes.push({ label, kind, action, key: encoded.key, outputs: made });
    else absent.push(label);
  }
  return { nodes, absent };
}

function isInStore({ digest }: Outputs[string], store: Store): boolean {
  return existsSync(store.blobs.path(digest));
}
