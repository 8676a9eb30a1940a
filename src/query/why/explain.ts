/**
 * Why a node would be made now, or was made last time: what differs between two actions of its label, down to the setting, the lines, the
 * packages; and where an input differs, the same of the node that gave it, along the chain that led there. Looks only at records and at the
 * same preimages that keys are made of, so it cannot speak of anything that is in no key.
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
  /** The one that the plan was made with. */
  readonly intake: LookingIntake;
  readonly originsOf: (label: Label) => Origins;
  /** Of a node that cannot be described before the lock says more: what it would be told, by name. */
  readonly wishesOf: (label: Label) => Readonly<Record<string, string>> | undefined;
}

/** One side of a comparison: an action that was, or that would be. */
interface Side {
  /** Undefined for one that an older aib made, which did not keep it. */
  readonly spec: ActionSpec | undefined;
  /** Undefined for what has not been made. */
  readonly outputs?: Outputs | undefined;
}

/** How the name of a part begins that is an input. */
const INPUT = 'input ';

export class Explainer {
  readonly #world: WhyWorld;
  /** Nodes explained so far; the second time they are only named. */
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
      // Those that are to be fetched are told by their versions.
      if (tellsPackages && this.#world.graph.nodes.get(dependency)?.kind === 'package') continue;
      if (latest !== undefined || node.type === 'external' || verdict === 'broken')
        causes.push({ type: 'dependency', by: await this.now(dependency) });
    }
    return { ...head, causes };
  }

  /** Why what stands there of the node now was made; undefined if nothing does, or if it is the work of another label. */
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

  /** Why a build that is under way makes a node: from the newest record of its label to the action that is about to run. */
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
        // Of which only one side has another version, which is told below.
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
    // Which packages a node takes is known before any of them is there.
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
    // Rules name their inputs by the paths at which they stand.
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

  /** How a node came to give `after` where it gave `before`; undefined if no record tells. */
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

  /** The record that gave these bytes: the label's own, where several did. */
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
  if (failure?.code === 'AIB_NOT_LOCKED') return 'the lock does not say what it takes';
  switch (outlook) {
    case 'current':
      return '';
    case 'runs':
    case 'unsure':
      // Whether an object was ever made nobody knows before it can be asked for.
      return latest === undefined && node.type === 'action'
        ? 'never built here'
        : 'something that it depends on is made first';
    case 'broken':
      return 'it, or something that it depends on, cannot be read';
    default:
      return outlook satisfies never;
  }
}

/** What was said when a record came to be whose forerunner is not there; empty if it has been forgotten, for another run of the label had its own. */
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
