/**
 * A project as queries see it: every node of every locked version, with its state if the caller has determined it. Never opens the store or
 * a mirror, and never builds.
 */
import type { NamedVariant } from '../../config/tree/label.ts';
import { edgesOf, type Graph, type Label } from '../../engine/model/graph.ts';
import { labelFactsOf } from '../../rules/kinds/kind-table.ts';
import { variantOf } from '../../rules/labels.ts';
import type { Project } from '../../rules/project/project.ts';
import { type AttributeSource, attributeReader } from './attributes.ts';
import { indexGraph, type QueryNode } from './index-graph.ts';
import { patternSelector } from './select.ts';
import { type KnownState, STATE_FACTS, stateFacts } from './state-facts.ts';
import type { QueryWorld } from './world.ts';

export function projectWorld(
  project: Pick<Project, 'graph' | 'configs' | 'lock'>,
  states?: ReadonlyMap<Label, KnownState>,
): QueryWorld {
  const { configs, lock } = project;
  const graph = indexGraph(queryNodes(project.graph));
  const variants = new Map(configs.map(({ variant }) => [variant.name, variant]));
  const owners = graph.nodes.map(({ label }) => variants.get(variantOf(label)));
  const sources = graph.nodes.map(({ label, kind }, node): AttributeSource => {
    const owner = owners[node];
    const facts = owner === undefined ? labelFactsOf(kind, label) : variantFacts(owner, label);
    const release = lock.releases[facts.get('version') ?? '']?.release;
    const more = release === undefined ? [] : [['release', release] as const];
    const known = states?.get(label as Label);
    const state = known === undefined ? [] : stateFacts(known);
    return {
      facts: new Map([['label', label], ['kind', kind], ...facts, ...more, ...state]),
      settings: owner?.variant.settings,
    };
  });
  return {
    graph,
    select: patternSelector({ graph, owners, variants: [...variants.values()], latest: lock.builder }),
    attribute: attributeReader(sources, states === undefined ? [] : STATE_FACTS),
    facts: node => sources[node]?.facts ?? new Map(),
  };
}

function queryNodes(graph: Graph): readonly QueryNode[] {
  const consumed = consumedOutputs(graph);
  return [...graph.nodes.values()].map(node => ({
    label: node.label,
    kind: node.kind,
    inputs: Object.entries(node.inputs).map(([name, edge]) => ({ name, ...edge })),
    outputs: node.outputs ?? [...(consumed.get(node.label) ?? [])],
  }));
}

/** The outputs of a leaf are known only after it is read; until then, the outputs that other nodes use. */
function consumedOutputs(graph: Graph): ReadonlyMap<Label, ReadonlySet<string>> {
  const consumed = new Map<Label, Set<string>>();
  for (const node of graph.nodes.values()) {
    for (const { label, output } of edgesOf(node)) consumed.set(label, (consumed.get(label) ?? new Set()).add(output));
  }
  return consumed;
}

function variantFacts({ name, variant }: NamedVariant, label: string): ReadonlyMap<string, string> {
  return new Map([['variant', name], ['output', label.slice(name.length + 1)], ...variant.keys]);
}
