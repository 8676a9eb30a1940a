/**
 * The creation of one object, from its first step to its last: which steps are done in the outside world, and which are left. Any run can
 * continue where another was killed. It can be stopped between two steps and while it waits, never inside a request.
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

/** Which steps are done. */
export interface Standing {
  /** Index of the next step; equal to the number of steps when all are done. */
  readonly next: number;
  /** The facts of the previous step. */
  readonly facts: Facts;
  /** Set if the next step was started and is not finished. */
  readonly pending?: Pending;
  /** What is missing for the last step, if known. */
  readonly why?: string;
}

/** The state of a step: a request, which is not interrupted, or the wait for what was started. */
interface StepNews {
  readonly step: string;
  readonly is: 'making' | 'pending';
  readonly progress: Progress;
}

export interface Advance {
  /** The inputs of the requests. */
  readonly inputs: Pick<MakeContext, 'path' | 'factsOf'>;
  readonly tell: (news: StepNews) => void;
}

/** Milliseconds between two polls of something pending, unless the provider sets another interval. */
const ASK_AGAIN_MS = 5_000;

/**
 * Looks for the result of the last step first: results of earlier steps may be gone when the object is finished. Rejects with the signal's
 * reason when aborted, as `advance` does. `missing` is called as soon as it is known that the object does not exist, even if the rest
 * fails.
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

/** Performs the steps that are left; returns the facts of the last one. */
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
      // If one of several transfers fails, the others may report progress for a while.
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
    // Nothing is occupied meanwhile. A stop ends the wait, and the next call rejects.
    await sleep(again, undefined, { signal }).catch(() => undefined);
    found = await pools.call(pool, signal, () => poll(handle, context));
  }
  if (!found.ok) return found;
  return found.value.state === 'there' ? ok(found.value.facts) : fail(vanished(step));
}

function vanished({ name, pool }: Step): Failure {
  return {
    code: 'AIB_OBJECT_LOST',
    what: `The creation of the ${name} was started, but the ${name} no longer exists`,
    where: pool,
  };
}
