/**
 * What the store knows of nodes, as facts beside those of the configuration. Looks only, and builds nothing.
 *
 *     built     everything that it makes is there, and is what a build would make now
 *     stale     it was made, and a build would or might make it again
 *     missing   it was never made here, or what it made is gone
 *     failed    a build would make it, and the last that tried failed
 *     external  a fact of the outside world, such as a file that people edit; missing if it cannot be read
 *     known     an object of the outside world that was there when it was asked for last; nobody asks now
 *     not locked  which packages it takes the lock does not say yet: a build works that out first
 *     unknown   an object that this store knows nothing of: a build would ask for it, and make it if it is not there
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
  /** When its action last ran to a good end, milliseconds since 1970, and for how long. */
  readonly built?: number;
  readonly duration?: number;
  /** What came of building it again, if that was what is there now. */
  readonly verdict?: Verdict;
  /** What it gives: the output that is called as the node is, else the first one. */
  readonly output?: Artifact;
}

/** Names of the facts, for attributes of queries. */
export const STATE_FACTS = ['state', 'built', 'duration', 'size', 'digest', 'verdict', 'verified'] as const;

/** Of all nodes that the targets stand on, and of the targets themselves. */
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

/** Nodes that nothing stands in the way of but packages that the lock does not name yet; `unanswered` are those that would take them. */
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

/** As texts, for queries; what is not known is left out. Times are ISO 8601 in UTC, durations milliseconds, sizes bytes. */
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
