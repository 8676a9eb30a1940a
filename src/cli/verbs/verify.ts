/**
 * `aib verify LABEL…`: rebuilds labels and their dependencies under varied conditions, and compares every byte. Builds first what is not
 * built yet.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { reachable } from '../../engine/model/graph.ts';
import { probeAccelerator } from '../../qemu/accelerator.ts';
import { comparisonLines } from '../../report/tables/comparison-lines.ts';
import { runLine, targetTable, verdictLines, verdictSummary } from '../../report/tables/verdict-lines.ts';
import type { Store } from '../../store/store.ts';
import { removeTree } from '../../util/files/remove-tree.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Allowed } from '../../verify/rebuild/allowed.ts';
import { folderInOrder, placeInOrder } from '../../verify/rebuild/another-host.ts';
import { rebuildFromSources } from '../../verify/rebuild/from-sources.ts';
import { keepCopies } from '../../verify/rebuild/keep-copies.ts';
import {
  type BuiltNode,
  type NodeVerdict,
  type Rebuilding,
  rebuild,
  type TargetVerdict,
  worstOf,
} from '../../verify/rebuild/rebuild.ts';
import { runsOf, varied } from '../../verify/rebuild/variations.ts';
import { type BuiltProject, buildFlow } from '../session/build-flow.ts';
import { isSentLabel } from '../session/clouds.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { runnersFor } from '../session/runners.ts';
import { type Session, withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { compareWith, readTheirs, type Theirs } from './verify-against.ts';
import { builtNodes } from './verify-nodes.ts';
import { recordWriter } from './verify-record.ts';
import { allowedDifferences, variationNames } from './verify-words.ts';

export async function verifyCommand(words: readonly string[], options: Options): Promise<number> {
  // A provenance contains the label of its image.
  if (words.length === 0 && options.against === undefined)
    return showFailure({
      code: 'AIB_USAGE',
      what: 'aib verify requires at least one label',
      hint: 'aib verify //aws/x86_64/uefi/tiny',
    });
  if (words.some(isSentLabel)) {
    if (!words.every(isSentLabel))
      return showFailure({
        code: 'AIB_USAGE',
        what: 'aib verify cannot verify objects at a cloud and local nodes in one command',
        got: words.join(' '),
        hint: 'run aib verify once for each',
      });
    const { verifySnapshots } = await import('./verify-snapshots.ts');
    return verifySnapshots(words, options);
  }
  return withSession(options, interruption(), async session => {
    const names = variationNames(options);
    if (!names.ok) return names;
    const allowed = allowedDifferences(session.workspace);
    if (!allowed.ok) return allowed;
    const theirs = options.against === undefined ? ok(undefined) : await readTheirs(options.against, words[0]);
    if (!theirs.ok) return theirs;
    let exit: number = EXIT.done;
    const built = await buildFlow({
      workspace: session.workspace,
      signal: session.signal,
      labels: words.length === 0 && theirs.value !== undefined ? [theirs.value.label] : words,
      // Progress of the first build is not part of the answer.
      options: { ...options, quiet: true, json: false },
      after: async project => {
        const verified = await verify(project, {
          session,
          options,
          names: names.value,
          theirs: theirs.value,
          allowed: allowed.value,
        });
        if (!verified.ok) return verified;
        exit = verified.value;
        return ok(undefined);
      },
    });
    if (!built.ok) return built;
    return ok(built.value.exit === EXIT.done ? exit : built.value.exit);
  });
}

interface Verifying {
  readonly session: Session;
  readonly options: Options;
  readonly names: readonly string[];
  /** The provenance of another builder. */
  readonly theirs: Theirs | undefined;
  readonly allowed: readonly Allowed[];
}

async function verify(
  built: BuiltProject,
  { session, options, names, theirs, allowed }: Verifying,
): Promise<Result<number>> {
  const { project, store, targets } = built;
  const { signal } = session;
  const { nodes, sourced, known, absent } = builtNodes(built);
  for (const label of absent) notice(`${label} is not verified: its inputs or outputs are no longer in the store`);
  if (nodes.length === 0)
    return fail({
      code: 'AIB_USAGE',
      what: 'The labels contain no node that aib builds, so nothing can be rebuilt',
      got: targets.map(({ label }) => label).join(' '),
      hint: 'name a node that aib builds, such as an image: aib ls lists them',
    });
  const record = recordWriter(options, built);
  if (!record.ok) return record;
  const { accelerator } = await probeAccelerator();
  const inOrder = folderInOrder();
  const place = join(store.temporary, `verify-${randomUUID()}`);
  const orderedPlace = inOrder === undefined ? undefined : await placeInOrder(inOrder);
  const other = accelerator === 'kvm' ? { otherAccelerator: 'tcg' as const } : {};
  const runs = runsOf(names, options.runs ?? 1, {
    place,
    ...(orderedPlace === undefined ? {} : { orderedPlace }),
    ...other,
  });
  const rebuilding: Rebuilding = {
    runners: runnersFor(session, store, project.mirror),
    runs,
    minimise: options.minimise === true,
    allowed,
    grants: { accelerator, limitFactor: options.limitFactor ?? 1 },
    pathOf: artifact => store.blobs.path(artifact.digest),
    signal,
    now: () => performance.now(),
  };
  const verdicts: NodeVerdict[] = [];
  const tell = async (verdict: NodeVerdict): Promise<void> => {
    const kept = keepCopies(verdict, join(store.folder, 'verify'));
    verdicts.push(kept);
    await printLines(options.json === true ? [JSON.stringify(kept)] : verdictLines(kept));
  };
  try {
    if (options.fromSources === true) {
      const all = await rebuildFromSources(sourced, known, rebuilding, (label, verdict) => {
        if (options.quiet !== true) notice(runLine(label, verdict));
      });
      for (const verdict of all) await tell(verdict);
    } else {
      await rebuildEach(nodes, rebuilding, { jobs: options.jobs ?? 1, tell });
    }
  } finally {
    if (orderedPlace !== undefined) await removeTree(orderedPlace).catch(() => undefined);
  }
  const inGraphOrder = sourced.flatMap(({ node }) => verdicts.filter(({ label }) => label === node.label));
  const told = targetVerdicts(built, inGraphOrder);
  if (options.fromSources !== true)
    remember(store, { nodes, verdicts, told, varied: runs.flatMap(run => varied(run).map(({ name }) => name)) });
  if (options.json !== true)
    await printLines([...verdictSummary(inGraphOrder, runs), ...(signal.aborted ? [] : targetTable(told))]);
  if (signal.aborted) {
    notice(`interrupted: ${verdicts.length} of ${nodes.length} nodes were verified`);
    return ok(EXIT.interrupted);
  }
  const compared = theirs === undefined ? ok(undefined) : compareWith(theirs, built);
  if (!compared.ok) return compared;
  if (theirs !== undefined && compared.value !== undefined) {
    const { place } = theirs;
    const told = { against: place, ...compared.value };
    await printLines(options.json === true ? [JSON.stringify(told)] : comparisonLines(place, compared.value));
  }
  const written = record.value({ verdicts: inGraphOrder, absent, runs });
  if (!written.ok) return written;
  if (verdicts.some(({ outcome }) => outcome === 'failed')) return ok(EXIT.failed);
  const isSame = worstOf(verdicts) !== 'different' && compared.value?.same !== false;
  return ok(isSame ? EXIT.done : EXIT.found);
}

/** Rebuilds each node from the recorded outputs of its inputs, so the order is free. Calls `tell` when a node is done. */
async function rebuildEach(
  nodes: readonly BuiltNode[],
  rebuilding: Rebuilding,
  { jobs, tell }: { readonly jobs: number; readonly tell: (verdict: NodeVerdict) => Promise<void> },
): Promise<void> {
  const { signal } = rebuilding;
  const { default: Queue } = await import('p-queue');
  const queue = new Queue({ concurrency: jobs });
  await queue.addAll(
    nodes.map(node => async () => {
      if (signal.aborted) return;
      const verdict = await rebuild(node, rebuilding);
      if (!signal.aborted) await tell(verdict);
    }),
  );
}

/** The verdict of each requested label, with all its dependencies. */
function targetVerdicts(
  { project, targets }: BuiltProject,
  verdicts: readonly NodeVerdict[],
): readonly TargetVerdict[] {
  const byLabel = new Map(verdicts.map(verdict => [verdict.label, verdict]));
  return targets.map(({ label }) => {
    const own = reachable(project.graph, [label]).flatMap(node => byLabel.get(node.label) ?? []);
    const first = own.find(({ outcome }) => outcome !== 'bit-identical')?.label;
    return { label, outcome: worstOf(own), nodes: own.length, ...(first === undefined ? {} : { first }) };
  });
}

function remember(
  store: Store,
  what: {
    readonly nodes: readonly BuiltNode[];
    readonly verdicts: readonly NodeVerdict[];
    readonly told: readonly TargetVerdict[];
    readonly varied: readonly string[];
  },
): void {
  const verified = store.now();
  for (const { label, outcome } of what.verdicts) {
    const node = what.nodes.find(each => each.label === label);
    const chain = what.told.find(each => each.label === label)?.outcome;
    if (node === undefined) continue;
    const verdict = { outcome, varied: what.varied, verified, ...(chain === undefined ? {} : { chain }) };
    store.verdicts.put(node.key, node.outputs, verdict);
  }
}
