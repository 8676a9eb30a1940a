/**
 * Searches nodes: those with every word of the text in their label, without regard to case. A word such as `kind:disk` or `arch:x86_64`
 * searches a fact instead, if a fact of that name exists. An empty text finds nothing.
 */
import type { PageNode } from './data.ts';

export function found(nodes: readonly PageNode[], text: string): readonly number[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '');
  if (words.length === 0) return [];
  const names = new Set(nodes.flatMap(({ facts }) => Object.keys(facts)).concat('kind'));
  const tests = words.map(word => testOf(word, names));
  return nodes.flatMap((node, place) => (tests.every(test => test(node)) ? [place] : []));
}

function testOf(word: string, names: ReadonlySet<string>): (node: PageNode) => boolean {
  const [, name, value] = /^([a-z][\w-]*):(.+)$/.exec(word) ?? [];
  if (name === undefined || value === undefined || !names.has(name))
    return node => node.label.toLowerCase().includes(word);
  if (name === 'kind') return node => node.kind.toLowerCase() === value;
  return node => node.facts[name]?.toLowerCase() === value;
}
