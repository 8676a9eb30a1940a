/** Binds the arguments of a call to the parameters of the function. Never accepts an argument of the wrong type. */
import { type Span, syntaxProblem } from './query-problem.ts';
import type { Argument, Expression } from './query-syntax.ts';
import { type FunctionName, PARAMETERS, type ParameterName, SIGNATURES, usage } from './signatures.ts';

const WANTED = {
  count: 'a whole number',
  regex: 'a regular expression',
  name: 'a name',
  set: 'a set',
} as const;

/** Throws a Problem that points at the argument, or at the call if their number is wrong. */
export function bindArguments(
  name: FunctionName,
  written: readonly Expression[],
  call: Span,
): ReadonlyMap<ParameterName, Argument> {
  const all: readonly (readonly ParameterName[])[] = SIGNATURES[name];
  const forms = all.filter(form => form.length === written.length);
  // If no form fits, the last one determines the message.
  const form = forms.find(each => each.every((parameter, index) => fits(parameter, written[index]))) ?? forms.at(-1);
  if (form === undefined)
    throw syntaxProblem(call, `${name} does not accept ${counted(written.length)}`, `write ${usage(name)}`);
  const given = new Map<ParameterName, Argument>();
  for (const [index, expression] of written.entries()) {
    const parameter = form[index];
    if (parameter !== undefined) given.set(parameter, argument(name, parameter, expression));
  }
  return given;
}

function fits(parameter: ParameterName, expression: Expression | undefined): boolean {
  const type = PARAMETERS[parameter];
  if (type === 'set') return true;
  return expression?.type === 'pattern' && (type !== 'count' || isCount(expression.text));
}

function argument(call: FunctionName, parameter: ParameterName, expression: Expression): Argument {
  const type = PARAMETERS[parameter];
  if (type === 'set') return { type, expression };
  const { at } = expression;
  if (expression.type !== 'pattern' || (type === 'count' && !isCount(expression.text)))
    throw syntaxProblem(at, `The ${parameter} of ${call} must be ${WANTED[type]}`, `write ${usage(call)}`);
  switch (type) {
    case 'count':
      return { type, count: Number(expression.text) };
    case 'name':
      return { type, name: expression.text, at };
    case 'regex':
      return { type, regex: compile(expression.text, at) };
  }
}

function isCount(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

/** A JavaScript regular expression, not anchored; a slow one only delays the user who wrote it. */
function compile(text: string, at: Span): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/: /s, '') : String(error);
    throw syntaxProblem(at, `Invalid regular expression: ${reason}`);
  }
}

function counted(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`;
}
