/**
 * The contract for the steps of every provider, so that an object is created once even if its build is killed many times. A provider's
 * tests call this with its steps on an account, real or simulated.
 */
import { expect, test } from 'vitest';
import {
  type ExternalObject,
  type Facts,
  type Finding,
  identityOf,
  type MakeContext,
  type Step,
} from '../../src/engine/model/external.ts';

export interface Subject {
  /** New for each use, as in another process. */
  readonly steps: () => readonly Step[];
  readonly object: ExternalObject;
  /** Another object in the same place. */
  readonly other: ExternalObject;
  /** The steps of the other object, if steps are specific to an object. */
  readonly otherSteps?: () => readonly Step[];
  readonly inputs: Pick<MakeContext, 'path' | 'factsOf'>;
  /** The number of objects, including parts of unfinished ones. */
  readonly count: () => number;
  /** Waits until everything that was created is visible. */
  readonly settle: () => Promise<void>;
}

export function keepsTheContract(setUp: () => Promise<Subject>): void {
  test('finds nothing of what was never made', async () => {
    const { steps, object } = await setUp();
    for (const step of steps()) expect(await find(step, object)).toMatchObject({ state: 'absent' });
  });

  test('finds each step that was taken, with the facts that it had when it was made', async () => {
    const subject = await setUp();
    for (const [index, step] of subject.steps().entries()) {
      const facts = await takeUpTo(subject, index + 1);
      await subject.settle();
      expect(await find(step, subject.object)).toEqual({ state: 'there', facts });
    }
  });

  test('makes nothing a second time, not even before the first one can be found', async () => {
    const subject = await setUp();
    let facts: Facts = {};
    for (const index of subject.steps().keys()) {
      // Two separate clients: neither knows what the other did.
      const [step, again] = [subject.steps(), subject.steps()].map(each => each[index]) as [Step, Step];
      await made(step, facts, subject);
      const count = subject.count();
      const once = await take(again, facts, subject);
      expect(subject.count()).toBe(count);
      await subject.settle();
      expect(await take(again, facts, subject)).toEqual(once);
      expect(subject.count()).toBe(count);
      facts = once;
    }
  });

  test('goes on from where it was, whoever took the steps before', async () => {
    const subject = await setUp();
    const whole = await takeUpTo(subject, subject.steps().length);
    const count = subject.count();
    await subject.settle();
    for (const [index, step] of subject.steps().slice(1).entries()) {
      const before = await find(subject.steps()[index] as Step, subject.object);
      if (before.state !== 'there') return expect.unreachable();
      await take(step, before.facts, subject);
    }
    expect(await find(subject.steps().at(-1) as Step, subject.object)).toEqual({ state: 'there', facts: whole });
    expect(subject.count()).toBe(count);
  });

  test('tells two objects apart', async () => {
    const subject = await setUp();
    const one = await takeUpTo(subject, subject.steps().length);
    const count = subject.count();
    await subject.settle();
    const { other, otherSteps = subject.steps } = subject;
    for (const step of otherSteps()) expect(await find(step, other)).toMatchObject({ state: 'absent' });
    const two = await takeSteps({ ...subject, object: other, steps: otherSteps });
    expect(two).not.toEqual(one);
    expect(subject.count()).toBe(2 * count);
  });

  test('stops asking when it is told to', async () => {
    const { steps, object } = await setUp();
    const reason = new Error('stopped by the test');
    for (const step of steps()) {
      const signal = AbortSignal.abort(reason);
      await expect(step.find({ identity: identityOf(object), object, signal })).rejects.toBe(reason);
    }
  });
}

const NEVER = new AbortController().signal;

async function find(step: Step, object: ExternalObject): Promise<Finding> {
  return unwrap(await step.find({ identity: identityOf(object), object, signal: NEVER }));
}

function made(step: Step, facts: Facts, { object, inputs }: Pick<Subject, 'object' | 'inputs'>): Promise<Finding> {
  const context = { identity: identityOf(object), object, signal: NEVER, ...inputs, facts, progress: () => {} };
  return step.make(context).then(unwrap);
}

/** Performs one step to its end. */
async function take(step: Step, facts: Facts, subject: Pick<Subject, 'object' | 'inputs'>): Promise<Facts> {
  const { object } = subject;
  const context = { identity: identityOf(object), object, signal: NEVER };
  let found = await made(step, facts, subject);
  while (found.state === 'pending') {
    const { handle } = found;
    found = unwrap(await (step.poll?.(handle, context) ?? step.find(context)));
  }
  if (found.state !== 'there') return expect.unreachable(`${step.name} is not there although it was made`);
  return found.facts;
}

/** Performs all steps, each to its end; returns the facts of the last. */
export function takeSteps(subject: Pick<Subject, 'steps' | 'object' | 'inputs'>): Promise<Facts> {
  return takeUpTo(subject, subject.steps().length);
}

async function takeUpTo(subject: Pick<Subject, 'steps' | 'object' | 'inputs'>, count: number): Promise<Facts> {
  let facts: Facts = {};
  for (const step of subject.steps().slice(0, count)) facts = await take(step, facts, subject);
  return facts;
}

function unwrap<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: { readonly what: string; readonly got?: string } },
): T {
  if (!result.ok) throw new Error(`${result.error.what}: ${result.error.got ?? ''}`);
  return result.value;
}
