/** Words the failures of resolving; never decides that something failed. */
import { internal } from '../../util/failure.ts';
import { brief, Problem } from './problem.ts';
import type { NodeLayer } from './slot.ts';
import type { SubstitutionNode, SyntaxNode } from './syntax.ts';
import { formatPosition, type HoconValue } from './value.ts';

const SHOWN = 20;

/** `references`: the substitutions being resolved, outermost first. */
export function cycle(references: readonly SubstitutionNode[]): Problem {
  const last = references.at(-1);
  if (last === undefined) throw internal('a cycle without a substitution');
  return new Problem('AIB_CONFIG_CYCLE', {
    what: `The substitution ${spelled(last)} leads back to itself`,
    at: last.at,
    length: last.length,
    trail: references
      .slice(-SHOWN)
      .map((node, index) => `${index === 0 ? 'from' : 'then'} ${spelled(node)} at ${formatPosition(node.at)}`),
    hint: 'give one of the keys on the way a value of its own',
  });
}

/** `near` is a path that exists and was perhaps meant. */
export function unresolved(node: SubstitutionNode, near: readonly string[] | undefined): Problem {
  const optional = `\${?${brief(node.path.join('.'))}}`;
  const first = near === undefined ? 'define the key' : `write \${${brief(near.join('.'))}}`;
  return new Problem('AIB_CONFIG_SUBSTITUTION', {
    what: `The substitution ${spelled(node)} has no value`,
    at: node.at,
    length: node.length,
    hint: `${first}, or ${optional} if it may be missing; environment variables are not consulted`,
  });
}

export function tooManyReferences(last: SubstitutionNode | undefined, limit: number): Problem {
  return new Problem('AIB_CONFIG_LIMIT', {
    what: `More than ${limit} values depend on each other in a row`,
    ...(last === undefined ? {} : { at: last.at, length: last.length }),
    hint: 'refer to the last value directly',
  });
}

export function notAnObject(layer: NodeLayer, value: HoconValue): Problem {
  return new Problem('AIB_CONFIG_SUBSTITUTION', {
    what: 'What stands beside an object must be an object too',
    at: layer.node.at,
    length: layer.node.kind === 'substitution' ? layer.node.length : 1,
    got: `a value of kind ${value.kind}, from ${formatPosition(value.at)}`,
    hint: 'put the object under a key of its own',
  });
}

export function notAnArray(item: SyntaxNode, value: HoconValue): Problem {
  return new Problem('AIB_CONFIG_SUBSTITUTION', {
    what: 'Only to an array can something be appended',
    at: item.at,
    got: `a value of kind ${value.kind}, from ${formatPosition(value.at)}`,
    hint: 'write key = [ … ] first, or = instead of +=',
  });
}

function spelled(node: SubstitutionNode): string {
  return `\${${node.optional ? '?' : ''}${brief(node.path.join('.'))}}`;
}
