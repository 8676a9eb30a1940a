/** Sums up the events of a build; the only source of numbers for the reporters. Prints nothing. */
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Label } from '../../engine/model/graph.ts';
import { toldTogether } from '../../rules/kinds/kind-table.ts';
import type { Failure } from '../../util/failure.ts';
import { Batch, type Move, type Standing } from './batch.ts';
import { type ObjectRow, stepWords } from './object-lines.ts';

export interface RunningNode {
  readonly label: Label;
  readonly kind: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Milliseconds that the action took before, or that its kind takes. */
  readonly expected?: number;
  /** Its last progress text; empty at first. */
  readonly words: string;
}

export interface FailedNode {
  readonly label: Label;
  readonly kind: string;
  readonly failure: Failure;
  readonly log?: string;
}

interface NodeMove extends Move {
  readonly label: Label;
  readonly kind: string;
}

type ObjectEvent = BuildEvent & { readonly type: ObjectRow['standing'] };

const NONE: Readonly<Record<Standing, number>> = { hit: 0, running: 0, ran: 0, failed: 0, cancelled: 0, skipped: 0 };

export class Tally {
  nodes = 0;
  startedAt: number | undefined;
  readonly running = new Map<Label, RunningNode>();
  readonly failures: FailedNode[] = [];
  /** Nodes that were not started, by the failed node that is the cause. */
  readonly skipped = new Map<Label | 'stopped', Label[]>();
  /** Objects at providers. */
  readonly objects = new Map<Label, ObjectRow>();
  /** Actions that succeeded, with the milliseconds that they took. */
  readonly ran: { readonly kind: string; readonly duration: number }[] = [];
  /** By kind; empty with --verbose, which prints a line for each node. */
  readonly batches = new Map<string, Batch>();
  /** Nodes whose result came from a remote cache, with its name. */
  readonly taken = new Map<Label, string>();
  readonly #standing = new Map<Label, Standing>();
  #counts: Record<Standing, number> = { ...NONE };

  readonly #verbose: boolean;

  constructor({ verbose = false }: { readonly verbose?: boolean } = {}) {
    this.#verbose = verbose;
  }

  count(standing: Standing): number {
    return this.#counts[standing];
  }

  /** Number of actions that ended, with any result. */
  get finished(): number {
    return this.#counts.ran + this.#counts.failed + this.#counts.cancelled;
  }

  /** Number of nodes not known to be up to date: the known number of actions. It only decreases, except if lost bytes are made again. */
  get known(): number {
    return Math.max(this.finished + this.#counts.running, this.nodes - this.#counts.hit);
  }

  /** Nodes without work. At the end of a build, these and the nodes that ran, failed, were cancelled or skipped are all nodes. */
  get upToDate(): number {
    return Math.max(0, this.nodes - this.finished - this.#counts.running - this.#counts.skipped);
  }

  /** Milliseconds since the start. */
  elapsed(now: number): number {
    return this.startedAt === undefined ? 0 : Math.max(0, now - this.startedAt);
  }

  /** Returns the batch that ended with this event, if any of its nodes succeeded. */
  apply(event: BuildEvent): Batch | undefined {
    const batch = 'kind' in event ? this.batches.get(event.kind) : undefined;
    const wasOver = batch?.isOver() ?? true;
    this.#sumUp(event);
    return !wasOver && batch?.isOver() === true && batch.done > 0 ? batch : undefined;
  }

  #sumUp(event: BuildEvent): void {
    switch (event.type) {
      case 'started':
        // Indexes that were read earlier for the lock are not nodes of this build.
        this.#standing.clear();
        this.#counts = { ...NONE };
        this.ran.length = 0;
        this.taken.clear();
        this.nodes = event.nodes;
        this.startedAt = event.at;
        this.#expect(event.kinds);
        return;
      case 'running': {
        const { label, kind, reason, at, expected } = event;
        this.#stand(event, 'running');
        // The cache had its result, but not the bytes.
        this.taken.delete(label);
        this.running.set(label, {
          label,
          kind,
          reason,
          at,
          words: '',
          ...(expected === undefined ? {} : { expected }),
        });
        return;
      }
      case 'progress': {
        const node = this.running.get(event.label);
        if (node !== undefined) this.running.set(event.label, { ...node, words: event.words });
        return;
      }
      case 'known':
      case 'found':
        this.#stand(event, 'hit');
        this.#note(event);
        return;
      case 'asking': {
        const { label, kind, at } = event;
        this.#stand(event, 'running');
        this.#note(event);
        this.running.set(label, { label, kind, at, reason: 'it is looked up', words: '' });
        return;
      }
      case 'absent':
        this.#unstand(event.label);
        this.#note(event);
        return;
      case 'making':
      case 'pending': {
        const node = this.running.get(event.label);
        if (node !== undefined) this.running.set(event.label, { ...node, words: stepWords(event) });
        this.#note(event);
        return;
      }
      case 'made':
        this.#stand(event, 'ran');
        this.#note(event);
        return;
      case 'failed':
        this.#stand(event, 'failed');
        this.failures.push(event);
        if (event.external === true) this.#note(event);
        return;
      case 'skipped': {
        // A cancelled node is also skipped: it is reported once.
        if (this.#standing.get(event.label) === 'cancelled') return;
        this.#stand(event, 'skipped');
        // If the build stopped before an object was looked up, there is nothing to report.
        if (event.external === true && event.because !== 'stopped') this.#note(event);
        const group = this.skipped.get(event.because);
        if (group === undefined) this.skipped.set(event.because, [event.label]);
        else group.push(event.label);
        return;
      }
      case 'ran':
        this.ran.push({ kind: event.kind, duration: event.duration });
        this.#stand(event, event.type);
        return;
      case 'hit':
        if (event.from !== undefined) this.taken.set(event.label, event.from);
        this.#stand(event, event.type);
        return;
      case 'cancelled':
        this.#stand(event, event.type);
        return;
      case 'waiting':
      case 'notice':
      case 'edited':
      case 'finished':
        return;
      default:
        event satisfies never;
    }
  }

  #note({ label, kind, type, ...event }: ObjectEvent): void {
    const step = 'step' in event ? { step: event.step } : {};
    const facts = 'facts' in event ? { facts: event.facts } : {};
    this.objects.set(label, { label, kind, standing: type, ...step, ...facts });
  }

  #expect(kinds: Readonly<Record<string, number>>): void {
    if (this.#verbose) return;
    for (const [kind, nodes] of Object.entries(kinds)) {
      const verb = toldTogether(kind);
      if (verb !== undefined) this.batches.set(kind, new Batch(kind, verb, nodes));
    }
  }

  #stand(event: NodeMove, standing: Standing): void {
    const { label, kind } = event;
    this.batches.get(kind)?.move(this.#standing.get(label), standing, event);
    this.#unstand(label);
    this.#counts[standing] += 1;
    this.#standing.set(label, standing);
  }

  #unstand(label: Label): void {
    const before = this.#standing.get(label);
    if (before !== undefined) this.#counts[before] -= 1;
    this.#standing.delete(label);
    this.running.delete(label);
  }
}
