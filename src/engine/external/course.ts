/**
 * The way of one object from its first step to its last: how far the outside world has come with it, and the steps that are left. Any run may take
 * it up where another was killed. Between two steps, and while it waits, it can be stopped; inside a request never.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Facts, FindContext, Finding, MakeContext, Pending, Progress, Step } from '../model/external.ts';
import type { Pools } from './pools.ts';

export interface Course extends FindContext {
  readonly steps: readonly Step[];
  readonly pools: Pools;
}

/** How far the outside world has come. */
export interface Standing {
  /** Which step is to be taken; as many as there are when all is done. */
  readonly next: number;
  /** Of the step before that. */
  readonly facts: Facts;
  /** If that step was begun. */
  readonly pending?: Pending;
  /** What the last step lacks, where that is known. */
  readonly why?: string;
}

/** What a step is at: a request that is not broken off, or the wait for what was begun. */
interface StepNews {
  readonly step: string;
  readonly is: 'making' | 'pending';
  readonly progress: Progress;
}

export interface Advance {
  /** What the requests read. */
  readonly inputs: Pick<MakeContext, 'path' | 'factsOf'>;
  readonly tell: (news: StepNews) => void;
}

/** Milliseconds between two questions about what is pending, where the provider says nothing. */
const ASK_AGAIN_MS = 5_000;

/**
 * Asks for the last step first: what earlier ones left may be gone when the object is finished. Rejects with the signal's reason when aborted, as
 * `advance` does. `missing` is called as soon as the object is known not to be there, whatever comes of the rest.
 */
export async function findOut({ steps, pools, ...context }: Course, missing: () => void): Promise<Result<Standing>> {
  let known: Pick<Standing, 'why'> = {};
  for (const [index, step] of [...steps.entries()].reverse()) {
    const found = await pools.call(step.pool, context.signal, () => step.find(context));
    if (!found.ok) return found;
    const { value } = found;
    if (value.state === 'there') return ok({ next: index + 1, facts: value.facts, ...known });
    if (index === steps.length - 1) {
      missing();
      if (value.state === 'absent' && value.why !== undefined) known = { why: value.why };
    }
    if (value.state === 'pending') return ok({ next: index, facts: {}, pending: value, ...known });
  }
  return ok({ next: 0, facts: {}, ...known });
}

/** Takes the steps that are left; gives the facts of the last one. */
export async function advance(course: Course, standing: Standing, options: Advance): Promise<Result<Facts>> {
  let { facts, pending } = standing;
  for (const step of course.steps.slice(standing.next)) {
    const done = await takeStep(course, { step, facts, pending }, options);
    if (!done.ok) return done;
    facts = done.value;
    pending = undefined;
  }
  return ok(facts);
}

interface StepStart {
  readonly step: Step;
  readonly facts: Facts;
  readonly pending: Pending | undefined;
}

async function takeStep(
  { pools, steps: _, ...context }: Course,
  { step, facts, pending }: StepStart,
  { inputs, tell }: Advance,
): Promise<Result<Facts>> {
  const { name, pool, poll = (_handle: Facts, asked: FindContext) => step.find(asked) } = step;
  const { signal } = context;
  const make = async (): Promise<Result<Finding>> => {
    let isOver = false;
    const progress = (said: Progress): void => {
      // Of several transfers, one may have failed while the others go on for a while.
      if (!isOver) tell({ step: name, is: 'making', progress: said });
    };
    progress({});
    try {
      return await step.make({ ...context, ...inputs, facts, progress });
    } finally {
      isOver = true;
    }
  };
  let found: Result<Finding> = pending === undefined ? await pools.call(pool, signal, make) : ok(pending);
  while (found.ok && found.value.state === 'pending') {
    const { handle, progress = {}, again = ASK_AGAIN_MS } = found.value;
    tell({ step: name, is: 'pending', progress });
    // Nothing is held meanwhile. A stop ends it, and the next call says so.
    await sleep(again, undefined, { signal }).catch(() => undefined);
    found = await pools.call(pool, signal, () => poll(handle, context));
  }
  if (!found.ok) return found;
  return found.value.state === 'there' ? ok(found.value.facts) : fail(vanished(step));
}

function vanished({ name, pool }: Step): Failure {
  return { code: 'AIB_OBJECT_LOST', what: `The ${name} was begun, and is not there any more`, where: pool };
}
