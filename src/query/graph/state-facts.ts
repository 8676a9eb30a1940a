/**
 * The state of nodes according to the store, as facts beside those of the configuration. Never builds or changes anything.
 *
 *     built     all its outputs are present, and are what a build would make now
 *     stale     it was built, and a build would or might build it again
 *     missing   it was never built here, or its outputs are gone
 *     failed    a build would build it, and the last attempt failed
 *     external  something outside the graph, such as a file that users edit; missing if it cannot be read
 *     known     an object of the outside world that existed when it was last looked up; it is not looked up now
 *     not locked  the lock does not contain its packages yet: a build determines them first
 *     unknown   an object that this store does not know: a build would look it up, and create it if it does not exist
 */
import type { Target } from '../../engine/build/build.ts';
import { type Plan, type PlannedNode, plan } from '../../engine/build/plan.ts';
import type { Graph, Label } from '../../engine/model/graph.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { Verdict } from '../../store/records/verdicts.ts';
import { LookingIntake } from '../../store/sources/intake.ts';
import type { Store } from '../../store/store.ts';

type StateWord = 'not locked' | 'built' | 'stale' | 'missing' | 'failed' | 'external' | 'known' | 'unknown';

export interface KnownState {
  readonly state: StateWord;
  /** When its action last succeeded, milliseconds since 1970, and its duration. */
  readonly built?: number;
  readonly duration?: number;
  /** The result of verifying it, if the present outputs were verified. */
  readonly verdict?: Verdict;
  /** Its main output: the one with the node's name, or else the first one. */
  readonly output?: Artifact;
}

/** Names of these facts as attributes in queries. */
export const STATE_FACTS = ['state', 'built', 'duration', 'size', 'digest', 'verdict', 'verified'] as const;

/** The states of the targets and of all their dependencies. */
export async function nodeStates(
  graph: Graph,
  targets: readonly Target[],
  store: Store | undefined,
  unanswered: { readonly has: (label: Label) => boolean },
): Promise<ReadonlyMap<Label, KnownState>> {
  const planned = await plan({ graph, targets, store, intake: new LookingIntake(store?.sources) });
  const unlocked = notLocked(planned, unanswered);
  return new Map(
    [...planned].map(([label, node]) => {
      const known = stateOf(node, store);
      return [label, unlocked.has(label) ? { ...known, state: 'not locked' } : known];
    }),
  );
}

/**
 * Nodes whose only obstacle is that the lock does not contain some packages yet; `unanswered` are the nodes that would use these packages.
 */
export function notLocked(planned: Plan, unanswered: { readonly has: (label: Label) => boolean }): ReadonlySet<Label> {
  const unlocked = new Set<Label>();
  for (const [label, { outlook, failure, waitsFor }] of planned) {
    const waits = outlook === 'broken' && failure === undefined && waitsFor.every(each => unlocked.has(each));
    if (waits || unanswered.has(label)) unlocked.add(label);
  }
  return unlocked;
}

function stateOf(planned: PlannedNode, store: Store | undefined): KnownState {
  const { node, outlook, reason, latest, outputs, known } = planned;
  if (node.type === 'leaf') return { state: outlook === 'broken' ? 'missing' : 'external', ...given(node, outputs) };
  const last = store?.history.last(node.label);
  const done = last?.status === 'done' ? last : store?.history.lastDone(node.label);
  const made = done === undefined ? {} : { built: done.started + done.duration, duration: done.duration };
  const facts = { ...made, ...given(node, outputs ?? outputsOf(latest)) };
  if (known !== undefined) return { state: 'known', ...facts };
  if (outlook === 'current') return { state: 'built', ...facts, ...verdictOn(planned, store) };
  if (last?.status === 'failed') return { state: 'failed', ...facts };
  if (node.type === 'external') return { state: 'unknown', ...facts };
  return { state: latest === undefined || reason?.type === 'output' ? 'missing' : 'stale', ...facts };
}

function verdictOn({ encoded, outputs }: PlannedNode, store: Store | undefined): Pick<KnownState, 'verdict'> {
  if (encoded === undefined || outputs === undefined) return {};
  const verdict = store?.verdicts.get(encoded.key, outputs);
  return verdict === undefined ? {} : { verdict };
}

function given({ label }: { readonly label: string }, outputs: Readonly<Record<string, Artifact>> = {}) {
  const own = /:([^:/]+)$/.exec(label)?.[1] ?? '';
  const output = outputs[own] ?? Object.values(outputs)[0];
  return output === undefined ? {} : { output };
}

function outputsOf(record: ActionRecord | undefined): Readonly<Record<string, Artifact>> {
  return record?.outputs ?? {};
}

/** The facts as texts, for queries; unknown facts are left out. Times are ISO 8601 in UTC, durations milliseconds, sizes bytes. */
export function stateFacts({ state, built, duration, output, verdict }: KnownState): ReadonlyMap<string, string> {
  const facts = new Map<string, string>([['state', state]]);
  if (built !== undefined) facts.set('built', new Date(built).toISOString());
  if (duration !== undefined) facts.set('duration', String(duration));
  if (output?.type === 'file') facts.set('size', String(output.digest.size));
  if (output !== undefined) facts.set('digest', output.digest.hash);
  if (verdict !== undefined) {
    facts.set('verdict', verdict.outcome);
    facts.set('verified', new Date(verdict.verified).toISOString());
  }
  return facts;
}
