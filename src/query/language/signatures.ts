/** The signatures of the functions of the language. The functions themselves are in functions.ts; the parser does not need them. */

/** The type of each parameter name; an omitted set means every node of every version. */
export const PARAMETERS = {
  x: 'set',
  universe: 'set',
  from: 'set',
  to: 'set',
  depth: 'count',
  limit: 'count',
  regex: 'regex',
  name: 'name',
} as const satisfies Readonly<Record<string, ParameterType>>;

export type ParameterType = 'set' | 'count' | 'regex' | 'name';
export type ParameterName = keyof typeof PARAMETERS;

/** Forms of the same length are tried in order: `rdeps(x, 2)` has a depth because 2 is a number and not a label. */
export const SIGNATURES = {
  deps: [['x'], ['x', 'depth']],
  rdeps: [['x'], ['x', 'depth'], ['universe', 'x'], ['universe', 'x', 'depth']],
  allpaths: [['from', 'to']],
  somepath: [['from', 'to']],
  kind: [['regex'], ['regex', 'x']],
  filter: [['regex'], ['regex', 'x']],
  attr: [
    ['name', 'regex'],
    ['name', 'regex', 'x'],
  ],
  inputs: [['regex'], ['regex', 'x']],
  outputs: [['regex'], ['regex', 'x']],
  some: [['x'], ['x', 'limit']],
} as const satisfies Readonly<Record<string, readonly (readonly ParameterName[])[]>>;

export type FunctionName = keyof typeof SIGNATURES;

export const FUNCTION_NAMES = Object.keys(SIGNATURES) as readonly FunctionName[];

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(SIGNATURES, name);
}

/** `deps(x) or deps(x, depth)` */
export function usage(name: FunctionName): string {
  return SIGNATURES[name].map(form => `${name}(${form.join(', ')})`).join(' or ');
}
