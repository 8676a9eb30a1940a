import { expect, it } from 'vitest';
import { type Action, type ActionSpec, programSpec } from './action.ts';

/** The type without functions, and without anything that contains one. */
// A branded text is an object to the compiler, too.
type Plain<T> = T extends string | number | boolean | undefined
  ? T
  : T extends (...words: never[]) => unknown
    ? never
    : T extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<Plain<K>, Plain<V>>
      : T extends object
        ? { readonly [Name in keyof T]: Plain<T[Name]> }
        : T;

const spec: ActionSpec = programSpec({ kind: 'x', format: 1, inputs: new Map(), outputs: {} });

it('is data: a function in an action does not compile', () => {
  const isPlain: Action extends Plain<Action> ? true : false = true;
  interface WithFunction {
    readonly run: () => void;
  }
  const isSeen: WithFunction extends Plain<WithFunction> ? true : false = false;
  expect([isPlain, isSeen]).toEqual([true, false]);
  // @ts-expect-error: an action has no functions
  const action: Action = { sort: 'builtin', spec, resources: {}, run: () => {} };
  expect(() => structuredClone(action)).toThrow(/could not be cloned/);
});

it('can be sent elsewhere as it is', () => {
  const action: Action = { sort: 'builtin', spec, resources: { cpu: 1 } };
  expect(structuredClone(action)).toEqual(action);
});
