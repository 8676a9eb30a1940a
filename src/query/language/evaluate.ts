/** Evaluates a query. Never changes the world. */
import { internal } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import { everything, type NodeSet, SetBuilder } from '../graph/node-set.ts';
import type { QueryWorld } from '../graph/world.ts';
import { FUNCTIONS, type Given } from './functions.ts';
import { parseQuery } from './query-parser.ts';
import { attempt, Problem } from './query-problem.ts';
import type { Argument, Call, Chain, Expression, Pattern, Variable } from './query-syntax.ts';
import type { ParameterName } from './signatures.ts';

/** The nodes of a query, in the order that docs/query.md specifies. */
export function evaluateQuery(text: string, world: QueryWorld): Result<NodeSet> {
  const parsed = parseQuery(text);
  if (!parsed.ok) return parsed;
  return attempt(text, () => evaluate(parsed.value, { world, variables: new Map() }));
}

interface Scope {
  readonly world: QueryWorld;
  readonly variables: ReadonlyMap<string, NodeSet>;
}

function evaluate(expression: Expression, scope: Scope): NodeSet {
  switch (expression.type) {
    case 'pattern':
      return patternValue(expression, scope);
    case 'variable':
      return variableValue(expression, scope);
    case 'set':
      return unionOf(expression.items, scope);
    case 'let': {
      const value = evaluate(expression.value, scope);
      return evaluate(expression.body, { ...scope, variables: new Map(scope.variables).set(expression.name, value) });
    }
    case 'chain':
      return chainValue(expression, scope);
    case 'call':
      return FUNCTIONS[expression.name](argumentsOf(expression, scope), scope.world);
  }
}

function patternValue({ text, at }: Pattern, { world }: Scope): NodeSet {
  const selected = world.select(text);
  if (!selected.ok) throw new Problem(at, selected.error);
  return selected.value;
}

function variableValue({ name, at }: Variable, { variables }: Scope): NodeSet {
  const value = variables.get(name);
  if (value !== undefined) return value;
  const known = [...variables.keys()].map(each => `$${each}`);
  throw new Problem(at, {
    code: 'AIB_QUERY_VARIABLE',
    what: `Undefined variable: $${name}`,
    hint: known.length > 0 ? `use ${known.join(' or ')}` : `write let ${name} = EXPRESSION in EXPRESSION around it`,
  });
}

function unionOf(items: readonly Expression[], scope: Scope): NodeSet {
  const builder = new SetBuilder(scope.world.graph.nodes.length);
  for (const item of items) builder.union(evaluate(item, scope));
  return builder.finish();
}

function chainValue({ first, rest }: Chain, scope: Scope): NodeSet {
  const builder = new SetBuilder(scope.world.graph.nodes.length);
  builder.union(evaluate(first, scope));
  for (const { operator, operand } of rest) builder[operator](evaluate(operand, scope));
  return builder.finish();
}

function argumentsOf({ given, at }: Call, scope: Scope): Given {
  const argument = <T extends Argument['type']>(parameter: ParameterName, type: T) => {
    const found = given.get(parameter);
    if (found !== undefined && found.type !== type) throw internal(`${parameter} is bound to a ${found.type}`);
    return found as Extract<Argument, { readonly type: T }> | undefined;
  };
  return {
    at,
    set: parameter => {
      const found = argument(parameter, 'set');
      return found === undefined ? everything(scope.world.graph.nodes.length) : evaluate(found.expression, scope);
    },
    count: parameter => argument(parameter, 'count')?.count,
    regex: () => argument('regex', 'regex')?.regex ?? raise('a call without its regular expression'),
    name: () => argument('name', 'name') ?? raise('a call without its name'),
  };
}

function raise(message: string): never {
  throw internal(message);
}
