/** A query as a tree. Every part has its place in the text, for messages; no part ever contains a result. */
import type { Span } from './query-problem.ts';
import type { FunctionName, ParameterName } from './signatures.ts';

export type Expression = Pattern | Variable | SetOf | Let | Chain | Call;

/** A label, or a pattern of labels. */
export interface Pattern {
  readonly type: 'pattern';
  readonly text: string;
  readonly at: Span;
}

export interface Variable {
  readonly type: 'variable';
  readonly name: string;
  readonly at: Span;
}

/** `set(a b c)`: the union of its words. */
interface SetOf {
  readonly type: 'set';
  readonly items: readonly (Pattern | Variable)[];
  readonly at: Span;
}

interface Let {
  readonly type: 'let';
  readonly name: string;
  readonly value: Expression;
  readonly body: Expression;
  readonly at: Span;
}

/** `a + b - c`, from left to right: flat, so that a thousand operands do not need a deep call stack. */
export interface Chain {
  readonly type: 'chain';
  readonly first: Expression;
  readonly rest: readonly { readonly operator: Operator; readonly operand: Expression }[];
  readonly at: Span;
}

export type Operator = 'union' | 'intersect' | 'except';

export interface Call {
  readonly type: 'call';
  readonly name: FunctionName;
  readonly given: ReadonlyMap<ParameterName, Argument>;
  readonly at: Span;
}

export type Argument =
  | { readonly type: 'set'; readonly expression: Expression }
  | { readonly type: 'count'; readonly count: number }
  | { readonly type: 'regex'; readonly regex: RegExp }
  | { readonly type: 'name'; readonly name: string; readonly at: Span };
