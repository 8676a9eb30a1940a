/** The attributes that a query uses, from its text alone: they must be known before the query can be answered. */
import type { Argument, Expression } from './query-syntax.ts';

export function attributeNames(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  // A work list instead of recursion, because chains can be nested deeper than the call stack.
  const pending: Expression[] = [expression];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    switch (next.type) {
      case 'pattern':
      case 'variable':
        break;
      case 'set':
        pending.push(...next.items);
        break;
      case 'let':
        pending.push(next.value, next.body);
        break;
      case 'chain':
        pending.push(next.first, ...next.rest.map(({ operand }) => operand));
        break;
      case 'call':
        for (const argument of next.given.values()) visit(argument, names, pending);
        break;
      default:
        return next satisfies never;
    }
  }
  return names;
}

function visit(argument: Argument, names: Set<string>, pending: Expression[]): void {
  if (argument.type === 'name') names.add(argument.name);
  if (argument.type === 'set') pending.push(argument.expression);
}
