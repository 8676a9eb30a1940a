/**
 * The meaning of a word in a query: `//...` is every node; the label of a node is that node; a pattern of variants is the named output of
 * each, as for a build; a pattern that starts with the first word of shared nodes (`//source/...`, `//iso/*`, `//package/.../openssl-*`) is
 * those nodes. Never returns an empty set: a word that matches no node is a failure.
 */
import { type NamedVariant, selectVariants } from '../../config/tree/label.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';
import type { IndexGraph } from './index-graph.ts';
import { everything, type NodeSet } from './node-set.ts';

export interface SelectOptions {
  readonly graph: IndexGraph;
  /** The variant of each node; undefined for shared nodes. */
  readonly owners: readonly (NamedVariant | undefined)[];
  readonly variants: readonly NamedVariant[];
  /** The version of a label that does not contain one. */
  readonly latest: string;
}

/** Sets are in graph order. */
export function patternSelector(options: SelectOptions): (pattern: string) => Result<NodeSet> {
  const { graph, owners } = options;
  const shared = graph.nodes.flatMap(({ label }, node) => (owners[node] === undefined ? [{ label, node }] : []));
  const firstWords = new Set(shared.map(({ label }) => firstWord(label)));
  return pattern => {
    if (pattern === '//...') return ok(everything(graph.nodes.length));
    const index = graph.indexOf(pattern);
    if (index !== undefined) return ok(Uint32Array.of(index));
    return firstWords.has(firstWord(pattern)) ? selectShared(pattern, shared) : selectOwned(pattern, options);
  };
}

type Shared = readonly { readonly label: string; readonly node: number }[];

function selectShared(pattern: string, shared: Shared): Result<NodeSet> {
  const wanted = pattern.split('/');
  const matching = shared.filter(({ label }) => matches(wanted, label.split('/')));
  if (matching.length > 0) return ok(Uint32Array.from(matching, ({ node }) => node));
  const labels = shared.map(({ label }) => label);
  const near = nearest(pattern, labels, 3);
  const siblings = labels.filter(label => firstWord(label) === firstWord(pattern)).slice(0, 3);
  return fail({
    code: 'AIB_NO_SUCH_LABEL',
    what: `No node matches ${pattern}`,
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `use for example ${siblings.join(', ')}`,
  });
}

function selectOwned(pattern: string, { graph, owners, variants, latest }: SelectOptions): Result<NodeSet> {
  const selected = selectVariants([pattern], variants, latest);
  if (!selected.ok) return selected;
  const names = new Set(selected.value.map(({ variant }) => variant.name));
  const output = selected.value[0]?.output ?? '*';
  const nodes: number[] = [];
  const outputs = new Set<string>();
  for (const [node, { label }] of graph.nodes.entries()) {
    const owner = owners[node]?.name;
    if (owner === undefined || !names.has(owner)) continue;
    const own = label.slice(owner.length + 1);
    outputs.add(own);
    if (output === '*' || output === own) nodes.push(node);
  }
  if (nodes.length > 0) return ok(Uint32Array.from(nodes));
  return fail({
    code: 'AIB_NO_SUCH_OUTPUT',
    what: `${pattern} has no output ${output}`,
    hint: `use one of ${[...outputs].map(name => `:${name}`).join(' ')}`,
  });
}

/** `...` matches any number of words, `*` any text within one word. */
function matches(pattern: readonly string[], words: readonly string[]): boolean {
  const [wanted, ...rest] = pattern;
  if (wanted === undefined) return words.length === 0;
  if (wanted === '...') return words.some((_, from) => matches(rest, words.slice(from))) || rest.length === 0;
  const [word, ...others] = words;
  return word !== undefined && matchesWord(wanted, word) && matches(rest, others);
}

function matchesWord(wanted: string, word: string): boolean {
  const [first = '', ...parts] = wanted.split('*');
  const last = parts.pop();
  if (last === undefined) return wanted === word;
  if (word.length < first.length + last.length || !word.startsWith(first) || !word.endsWith(last)) return false;
  let from = first.length;
  const end = word.length - last.length;
  for (const part of parts) {
    const at = word.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/** `//iso/3.20/x86_64` → `iso` */
function firstWord(label: string): string {
  return /^\/\/([^/@:]*)/.exec(label)?.[1] ?? '';
}
