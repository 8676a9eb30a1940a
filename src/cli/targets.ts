/** From the words of a command line to nodes: patterns of variants, and nodes by their own labels. */
import { type Selected, selectVariants } from '../config/label.ts';
import type { Target } from '../engine/build.ts';
import type { Label, Node } from '../engine/graph.ts';
import { variantLabel } from '../rules/labels.ts';
import type { Project } from '../rules/project.ts';
import { fail, ok, type Result } from '../util/result.ts';

export interface Chosen {
  readonly targets: readonly Target[];
  /** The variants that patterns stood for. */
  readonly selected: readonly Selected[];
}

/** An image brings its metadata; everything else is just what was named, by a node's own label or through a variant's. */
export function chooseTargets(
  words: readonly string[],
  project: Pick<Project, 'graph' | 'configs' | 'lock'>,
  stays: (keys: ReadonlyMap<string, string>) => boolean = () => true,
): Result<Chosen> {
  const { nodes } = project.graph;
  const selected = selectVariants(
    words.filter(word => !nodes.has(word as Label)),
    project.configs.map(config => config.variant).filter(({ variant }) => stays(variant.keys)),
    project.lock.builder,
  );
  if (!selected.ok) return selected;
  const targets = new Map<Label, Target>();
  const add = (label: Label): boolean => {
    const node = nodes.get(label);
    if (node !== undefined) targets.set(label, targetOf(node));
    return node !== undefined;
  };
  for (const word of words) add(word as Label);
  for (const { variant, output } of selected.value) {
    const own = [...nodes.keys()].filter(label => label.startsWith(`${variant.name}:`));
    const wanted = output === '*' ? own : [variantLabel(variant.name, output)];
    for (const label of wanted) {
      if (add(label)) continue;
      return fail({
        code: 'AIB_NO_SUCH_OUTPUT',
        what: `${variant.name} has no output ${output}`,
        hint: `it has ${own.map(name => name.slice(name.lastIndexOf(':'))).join(' ')}`,
      });
    }
    if (output === 'image') add(variantLabel(variant.name, 'metadata'));
  }
  return ok({ targets: [...targets.values()], selected: selected.value });
}

/** All that a node makes. */
export function targetOf(node: Node): Target {
  return { label: node.label, outputs: node.type === 'action' ? node.outputs : [] };
}

/** The one node that a word stands for: `//aws/x86_64/uefi/tiny` is its image. */
export function oneNode(word: string, project: Pick<Project, 'graph' | 'configs' | 'lock'>): Result<Node> {
  const { nodes } = project.graph;
  const named = nodes.get(word as Label);
  if (named !== undefined) return ok(named);
  const selected = selectVariants(
    [word],
    project.configs.map(({ variant }) => variant),
    project.lock.builder,
  );
  if (!selected.ok) return selected;
  const [only, ...others] = selected.value;
  if (only === undefined || others.length > 0 || only.output === '*')
    return fail({ code: 'AIB_USAGE', what: `${word} is more than one node`, hint: 'name one' });
  const node = nodes.get(variantLabel(only.variant.name, only.output));
  if (node !== undefined) return ok(node);
  const own = [...nodes.keys()].filter(label => label.startsWith(`${only.variant.name}:`));
  return fail({
    code: 'AIB_NO_SUCH_OUTPUT',
    what: `${only.variant.name} has no output ${only.output}`,
    hint: `it has ${own.map(name => name.slice(name.lastIndexOf(':'))).join(' ')}`,
  });
}
