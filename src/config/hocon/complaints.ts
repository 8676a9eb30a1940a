/** The messages of failures during resolving; does not decide that something failed. */
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
    what: `The substitution ${spelled(last)} refers back to itself`,
    at: last.at,
    length: last.length,
    trail: references
      .slice(-SHOWN)
      .map((node, index) => `${index === 0 ? 'from' : 'then'} ${spelled(node)} at ${formatPosition(node.at)}`),
    hint: 'set one of these keys to a value without a reference',
  });
}

/** `near` is a similar path that exists. */
export function unresolved(node: SubstitutionNode, near: readonly string[] | undefined): Problem {
  const optional = `\${?${brief(node.path.join('.'))}}`;
  const first = near === undefined ? 'define the key' : `write \${${brief(near.join('.'))}}`;
  return new Problem('AIB_CONFIG_SUBSTITUTION', {
    what: `The substitution ${spelled(node)} has no value`,
    at: node.at,
    length: node.length,
    hint: `${first}, or ${optional} if it may be missing; environment variables are not used`,
  });
}

export function tooManyReferences(last: SubstitutionNode | undefined, limit: number): Problem {
  return new Problem('AIB_CONFIG_LIMIT', {
    what: `A chain of references has more than ${limit} values`,
    ...(last === undefined ? {} : { at: last.at, length: last.length }),
    hint: 'refer to the last value directly',
  });
}

export function notAnObject(layer: NodeLayer, value: HoconValue): Problem {
  return new Problem('AIB_CONFIG_SUBSTITUTION', {
    what: 'A value next to an object must be an object',
    at: layer.node.at,
    length: layer.node.kind === 'substitution' ? layer.node.length : 1,
    got: `a value of kind ${value.kind}, from ${formatPosition(value.at)}`,
    hint: 'put the object under a separate key',
  });
}

export function notAnArray(item: SyntaxNode, value: HoconValue): Problem {
  return new Problem('AIB_CONFIG_SUBSTITUTION', {
    what: 'A value can be appended only to an array',
    at: item.at,
    got: `a value of kind ${value.kind}, from ${formatPosition(value.at)}`,
    hint: 'write key = [ … ] first, or = instead of +=',
  });
}

function spelled(node: SubstitutionNode): string {
  return `\${${node.optional ? '?' : ''}${brief(node.path.join('.'))}}`;
}
