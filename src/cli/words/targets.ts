/** Selects nodes from the words of a command line: patterns of variants, and labels of nodes. */
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
  /** The variants that the patterns match. */
  readonly selected: readonly Selected[];
  /** Notices about variants that were left out. */
  readonly notices: readonly string[];
}

type Choosing = Pick<Project, 'graph' | 'configs' | 'lock'>;

/** An image also selects its metadata; any other label selects only its own node. */
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
 * A pattern leaves out variants that cannot be built, with a notice: a large configuration stays usable with a mirror that serves only a
 * part of it. For a single named variant the obstacle is a failure.
 */
function chooseVariants(
  words: readonly string[],
  project: Choosing,
  stays: (keys: ReadonlyMap<string, string>) => boolean,
): Result<Pick<Chosen, 'selected' | 'notices'>> {
  const configs = new Map(project.configs.map(config => [config.variant.name, config]));
  const variants = [...configs.values()].map(({ variant }) => variant).filter(({ variant }) => stays(variant.keys));
  const selected = new Map<string, Selected>();
  /** Variants by obstacle. */
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

/** `publish` matches every `publish/REGION`; `*` matches everything that is built locally: objects at providers must be named. */
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
    hint: `use one of ${outputs.join(' ')}`,
  };
}

/** All outputs of a node. */
export function targetOf(node: Node): Target {
  return { label: node.label, outputs: node.outputs ?? [] };
}

/** The single node that a word names: `//aws/x86_64/uefi/tiny` is its image. */
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
    return fail({ code: 'AIB_USAGE', what: `${word} matches more than one node`, hint: 'name one node' });
  const node = nodes.get(variantLabel(only.variant.name, only.output));
  if (node !== undefined) return ok(node);
  return fail(noSuchOutput(only.variant.name, only.output, nodes));
}
