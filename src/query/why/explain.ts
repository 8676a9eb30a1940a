/**
 * Explains why a node would run now, or why it ran last time: the differences between two actions of its label, down to the setting, the
 * lines and the packages; for an input that differs, also the differences of the node that made it, along the whole chain. Uses only
 * records and the preimages of keys, so it never names anything that is not in a key.
 */

import type { Plan, PlannedNode } from '../../engine/build/plan.ts';
import type { ActionSpec } from '../../engine/model/action.ts';
import type { EncodedAction } from '../../engine/model/action-key.ts';
import { describeAction, differingParts } from '../../engine/model/action-key.ts';
import { recordedSpec } from '../../engine/model/decode-action.ts';
import type { ActionNode, Graph, Label, Node, Outputs } from '../../engine/model/graph.ts';
import { missReason, reasonText } from '../../engine/model/reason.ts';
import { packageChanges } from '../../rules/package-changes.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import type { Digest } from '../../store/content/digest.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { LookingIntake } from '../../store/sources/intake.ts';
import type { Store } from '../../store/store.ts';
import type { Cause, Explanation, InputCause, Verdict } from './explanation.ts';
import { fileChanges } from './file-changes.ts';
import { packageOfInput } from './package-input.ts';
import { type Origins, parameterCause } from './parameter-cause.ts';

export interface WhyWorld {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly store: Store | undefined;
  /** The intake of the plan. */
  readonly intake: LookingIntake;
  readonly originsOf: (label: Label) => Origins;
  /** For a node that has no action until the lock contains its packages: the parameters that it would have, by name. */
  readonly wishesOf: (label: Label) => Readonly<Record<string, string>> | undefined;
}

/** One side of a comparison: an action that has run, or that would run. */
interface Side {
  /** Undefined if an older aib, which did not store actions, wrote the record. */
  readonly spec: ActionSpec | undefined;
  /** Undefined if the action has not run. */
  readonly outputs?: Outputs | undefined;
}

/** The prefix of the name of a part that is an input. */
const INPUT = 'input ';

export class Explainer {
  readonly #world: WhyWorld;
  /** Nodes explained so far; after the first time they are only named. */
  readonly #explained = new Set<string>();

  constructor(world: WhyWorld) {
    this.#world = world;
  }

  /** Why a build would make the node now; `current` if it would not. */
  async now(label: Label): Promise<Explanation> {
    const planned = this.#world.plan.get(label);
    if (planned === undefined) return { label, kind: '', verdict: 'current', reason: '', causes: [] };
    const { node, outlook: verdict } = planned;
    const head = { label, kind: node.kind, verdict, reason: reasonOf(planned) };
    if (verdict === 'current' || this.#explained.has(label)) return { ...head, causes: [] };
    this.#explained.add(label);
    const causes: Cause[] = planned.failure === undefined ? [] : [{ type: 'failure', failure: planned.failure }];
    const { latest, encoded = planned.assumed } = planned;
    if (latest !== undefined && planned.failure !== undefined) causes.push(...this.#wishes(node, sideOf(latest)));
    else if (latest !== undefined && planned.reason?.type !== 'output')
      causes.push(...(await this.#differences(node, sideOf(latest), { spec: encoded?.spec })));
    const tellsPackages = causes.some(({ type }) => type === 'packages');
    for (const dependency of planned.waitsFor) {
      // The package cause already lists the packages that must be fetched, with their versions.
      if (tellsPackages && this.#world.graph.nodes.get(dependency)?.kind === 'package') continue;
      if (latest !== undefined || node.type === 'external' || verdict === 'broken')
        causes.push({ type: 'dependency', by: await this.now(dependency) });
    }
    return { ...head, causes };
  }

  /** Why the present outputs of the node were made; undefined if there are none, or if another label made them. */
  async last(label: Label): Promise<Explanation | undefined> {
    const { store, graph, plan } = this.#world;
    const key = plan.get(label)?.encoded?.key;
    const record = key === undefined ? undefined : store?.records.find(key);
    const node = graph.nodes.get(label);
    if (store === undefined || record?.label !== label || node === undefined) return undefined;
    const before = record.replaces === undefined ? undefined : store.records.find(record.replaces);
    if (before === undefined)
      return { label, kind: node.kind, verdict: 'ran', reason: notedReason(record, store), causes: [] };
    return this.#made(node, before, sideOf(record), 'ran');
  }

  /** Why a running build runs a node: compares the newest record of its label with the action that is about to run. */
  async running(node: ActionNode, before: ActionRecord, encoded: EncodedAction): Promise<Explanation> {
    return this.#made(node, before, { spec: encoded.spec }, 'runs');
  }

  async #made(node: Node, before: ActionRecord, after: Side, verdict: Verdict): Promise<Explanation> {
    const head = {
      label: node.label,
      kind: node.kind,
      verdict,
      reason: reasonText(missReason(before, after.spec === undefined ? [] : describeAction(after.spec))),
    };
    if (this.#explained.has(node.label)) return { ...head, causes: [] };
    this.#explained.add(node.label);
    return { ...head, causes: await this.#differences(node, sideOf(before), after) };
  }

  async #differences(node: Node, before: Side, after: Side): Promise<readonly Cause[]> {
    const causes: Cause[] = [];
    if (before.spec !== undefined && after.spec !== undefined) {
      const [old, now] = [before.spec, after.spec];
      const [was, is] = [old, now].map(spec => new Map(describeAction(spec).map(({ name, value }) => [name, value])));
      const origins = this.#world.originsOf(node.label);
      for (const name of differingParts(describeAction(old), describeAction(now))) {
        const input = name.startsWith(INPUT) ? name.slice(INPUT.length) : undefined;
        // A package of which the other side has another version; the package cause below reports it.
        if (
          input !== undefined &&
          packageOfInput(input) !== undefined &&
          old.inputs.has(input) !== now.inputs.has(input)
        )
          continue;
        if (input !== undefined)
          causes.push(await this.#inputCause(node, input, old.inputs.get(input), now.inputs.get(input)));
        else
          causes.push(parameterCause({ kind: node.kind, name, before: was?.get(name), after: is?.get(name) }, origins));
      }
    }
    // The packages of a node are known before any of them is fetched.
    const now = after.spec?.inputs.keys() ?? Object.keys(node.inputs);
    const packages =
      before.spec === undefined ? [] : packageChanges(packagesIn(before.spec.inputs.keys()), packagesIn(now));
    return packages.length === 0 ? causes : [...causes, { type: 'packages', packages }];
  }

  #wishes({ kind, label }: Node, { spec }: Side): readonly Cause[] {
    const origins = this.#world.originsOf(label);
    return Object.entries(this.#world.wishesOf(label) ?? {}).flatMap(([name, after]) => {
      const before = spec?.environment[name];
      return before === undefined || before === after ? [] : [parameterCause({ kind, name, before, after }, origins)];
    });
  }

  async #inputCause(
    node: Node,
    input: string,
    before: Artifact | undefined,
    after: Artifact | undefined,
  ): Promise<InputCause> {
    const change =
      before === undefined
        ? 'added'
        : after === undefined
          ? 'removed'
          : before.digest.hash === after.digest.hash
            ? 'mode'
            : 'content';
    // Rules name their inputs by their paths in the input root.
    const edge = node.inputs[input];
    const from = edge === undefined ? undefined : this.#world.graph.nodes.get(edge.label);
    const head = { type: 'input', input, change, ...(from === undefined ? {} : { from: from.label }) } as const;
    if (change === 'mode' || from === undefined) return { ...head, files: [] };
    if (from.type === 'leaf') {
      const path = this.#pathOf(from.reads, after ?? before);
      return { ...head, files: await fileChanges(path, before, after, digest => this.#read(digest)) };
    }
    const by = change === 'content' && from.type === 'action' ? await this.#maker(from, before, after) : undefined;
    return { ...head, files: [], ...(by === undefined ? {} : { by }) };
  }

  /** Why the output of a node changed from `before` to `after`; undefined if there are no records of it. */
  async #maker(
    node: ActionNode,
    before: Artifact | undefined,
    after: Artifact | undefined,
  ): Promise<Explanation | undefined> {
    const old = this.#recordOf(node, before);
    const planned = this.#world.plan.get(node.label);
    const isPlanned = Object.values(planned?.outputs ?? {}).some(({ digest }) => digest.hash === after?.digest.hash);
    const now: Side | undefined =
      isPlanned && planned?.encoded !== undefined
        ? { spec: planned.encoded.spec, outputs: planned.outputs }
        : sideIfAny(this.#recordOf(node, after));
    return old === undefined || now === undefined ? undefined : this.#made(node, old, now, 'ran');
  }

  /** The record that has these bytes as an output: if there are several, that of the label itself. */
  #recordOf({ label }: Node, artifact: Artifact | undefined): ActionRecord | undefined {
    if (artifact === undefined) return undefined;
    const makers = this.#world.store?.records.makersOf(artifact.digest) ?? [];
    return makers.find(record => record.label === label) ?? makers[0];
  }

  async #read(digest: Digest): Promise<Uint8Array | undefined> {
    try {
      return this.#world.intake.read(digest) ?? (await this.#world.store?.blobs.read(digest));
    } catch {
      return undefined;
    }
  }

  /** The file that a leaf read these bytes from. */
  #pathOf(reads: readonly string[], artifact: Artifact | undefined): string {
    const seen = artifact === undefined ? undefined : this.#world.intake.pathOf(artifact.digest);
    return seen !== undefined && reads.includes(seen) ? seen : reads.join(', ');
  }
}

function packagesIn(inputs: Iterable<string>) {
  return [...inputs].flatMap(input => packageOfInput(input) ?? []);
}

function reasonOf({ node, outlook, reason, latest, failure }: PlannedNode): string {
  if (reason !== undefined) return reasonText(reason);
  if (failure?.code === 'AIB_NOT_LOCKED') return 'its packages are not in the lock yet';
  switch (outlook) {
    case 'current':
      return '';
    case 'runs':
    case 'unsure':
      // Whether an object exists is not known before it can be looked up.
      return latest === undefined && node.type === 'action' ? 'never built here' : 'a dependency must be built first';
    case 'broken':
      return 'it or one of its dependencies cannot be read';
    default:
      return outlook satisfies never;
  }
}

/**
 * The reason that was recorded for a record whose previous record is gone; empty if the history has only the reason of another run of the
 * label.
 */
function notedReason({ label, key, replaces }: ActionRecord, { history }: Store): string {
  const newest = history.lastDone(label);
  if (newest?.key === key) return newest.reason;
  return replaces === undefined ? reasonText({ type: 'never-built' }) : '';
}

function sideOf(record: ActionRecord): Side {
  return { spec: recordedSpec(record), outputs: record.outputs };
}

function sideIfAny(record: ActionRecord | undefined): Side | undefined {
  return record === undefined ? undefined : sideOf(record);
}
