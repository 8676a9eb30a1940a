/** From the words of a command line to nodes: patterns of variants, and nodes by their own labels. */
import { isPattern, type Selected, selectVariants } from '../../config/tree/label.ts';
import type { Target } from '../../engine/build/build.ts';
import type { Label, Node } from '../../engine/model/graph.ts';
import { variantLabel } from '../../rules/labels.ts';
import { obstacle } from '../../rules/project/buildable.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';

export interface Chosen {
  readonly targets: readonly Target[];
  /** The variants that patterns stood for. */
  readonly selected: readonly Selected[];
  /** Lines that say what patterns left out. */
  readonly notices: readonly string[];
}

type Choosing = Pick<Project, 'graph' | 'configs' | 'lock'>;

/** An image brings its metadata; everything else is just what was named, by a node's own label or through a variant's. */
export function chooseTargets(
  words: readonly string[],
  project: Choosing,
  stays: (keys: ReadonlyMap<string, string>) => boolean = () => true,
): Result<Chosen> {
  const { nodes } = project.graph;
  const chosen = chooseVariants(
    words.filter(word => !nodes.has(word as Label)),
    project,
    stays,
  );
  if (!chosen.ok) return chosen;
  const { selected, notices } = chosen.value;
  const targets = new Map<Label, Target>();
  const add = (label: Label): boolean => {
    const node = nodes.get(label);
    if (node !== undefined) targets.set(label, targetOf(node));
    return node !== undefined;
  };
  for (const word of words) add(word as Label);
  for (const { variant, output } of selected) {
    const wanted = labelsOf(variant.name, output, nodes);
    if (wanted.length === 0) return fail(noSuchOutput(variant.name, output, nodes));
    for (const label of wanted) add(label);
    if (output === 'image') add(variantLabel(variant.name, 'metadata'));
  }
  return ok({ targets: [...targets.values()], selected, notices });
}

/**
 * What cannot be built is left out of a pattern, with a line that says so: a tree for all the world is of use with a mirror that serves a part
 * of it. Whoever names one variant wants that one, and hears what stands in the way.
 */
function chooseVariants(
  words: readonly string[],
  project: Choosing,
  stays: (keys: ReadonlyMap<string, string>) => boolean,
): Result<Pick<Chosen, 'selected' | 'notices'>> {
  const configs = new Map(project.configs.map(config => [config.variant.name, config]));
  const variants = [...configs.values()].map(({ variant }) => variant).filter(({ variant }) => stays(variant.keys));
  const selected = new Map<string, Selected>();
  /** Variants, by what stands in their way. */
  const leftOut = new Map<string, Set<string>>();
  for (const word of words) {
    const found = selectVariants([word], variants, project.lock.builder);
    if (!found.ok) return found;
    let first: Failure | undefined;
    let some = false;
    for (const each of found.value) {
      const { name } = each.variant;
      const config = configs.get(name);
      const failure = config === undefined ? undefined : obstacle(config, each.output, project.lock);
      if (failure === undefined) {
        some = true;
        selected.set(`${name}:${each.output}`, each);
      } else {
        first ??= failure;
        leftOut.set(failure.what, (leftOut.get(failure.what) ?? new Set()).add(name));
      }
    }
    if (first !== undefined && (!some || !isPattern(word))) return fail(first);
  }
  const notices = [...leftOut].map(([what, { size }]) => {
    return `${size === 1 ? '1 variant is' : `${size} variants are`} left out: ${what.replace(/^The /, 'the ')}`;
  });
  return ok({ selected: [...selected.values()], notices });
}

/** `publish` stands for all of `publish/REGION`; `*` for all that is made here: what goes out into the world has to be named. */
function labelsOf(variant: string, output: string, nodes: ReadonlyMap<Label, Node>): readonly Label[] {
  const own = variantLabel(variant, output);
  if (nodes.has(own)) return [own];
  const all = ownLabels(variant, nodes);
  if (output === '*') return all.filter(label => nodes.get(label)?.type !== 'external');
  return all.filter(label => label.startsWith(`${own}/`));
}

function ownLabels(variant: string, nodes: ReadonlyMap<Label, Node>): readonly Label[] {
  return [...nodes.keys()].filter(label => label.startsWith(`${variant}:`));
}

function noSuchOutput(variant: string, output: string, nodes: ReadonlyMap<Label, Node>): Failure {
  const outputs = ownLabels(variant, nodes).map(label => label.slice(label.lastIndexOf(':')));
  return {
    code: 'AIB_NO_SUCH_OUTPUT',
    what: `${variant} has no output ${output}`,
    hint: `it has ${outputs.join(' ')}`,
  };
}

/** All that a node makes. */
export function targetOf(node: Node): Target {
  return { label: node.label, outputs: node.outputs ?? [] };
}

/** The one node that a word stands for: `//aws/x86_64/uefi/tiny` is its image. */
export function oneNode(word: string, project: Choosing): Result<Node> {
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
  return fail(noSuchOutput(only.variant.name, only.output, nodes));
}
