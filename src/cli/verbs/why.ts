/** `aib why LABEL` and `aib why A B`: why a node would run now or ran last, and how one node depends on another. Builds nothing. */

import type { Plan } from '../../engine/build/plan.ts';
import type { Label, Node } from '../../engine/model/graph.ts';
import { projectWorld } from '../../query/graph/project-world.ts';
import { somePath } from '../../query/graph/reach.ts';
import { projectWhy } from '../../query/why/project-why.ts';
import { explanationLines } from '../../report/tables/explanation-lines.ts';
import { formatDuration } from '../../report/text/duration.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Store } from '../../store/store.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { showFailure } from '../session/messages.ts';
import { type ReadOnlySession, readOnlyVerb } from '../session/read-only-verb.ts';
import type { Options } from '../words/options.ts';
import { oneNode, targetOf } from '../words/targets.ts';

export async function whyCommand(words: readonly string[], options: Options): Promise<number> {
  const [word, other, ...more] = words;
  if (word === undefined || more.length > 0) {
    const hint = 'aib why //aws/x86_64/uefi/tiny, or aib why //aws/x86_64/uefi/tiny //iso/3.20/x86_64';
    return showFailure({ code: 'AIB_USAGE', what: 'aib why requires one label or two', hint });
  }
  return readOnlyVerb(options, async question => {
    const node = oneNode(word, question.project);
    if (!node.ok) return node;
    if (other === undefined) return ok(await whyMade(node.value, question, options));
    return whyDependsOn(node.value, other, question.project, options);
  });
}

async function whyMade(node: Node, { project, store }: ReadOnlySession, options: Options): Promise<readonly string[]> {
  const { label } = node;
  const { explainer, plan } = await projectWhy(project, [targetOf(node)], { store });
  const now = await explainer.now(label);
  const last = now.verdict === 'current' && node.type === 'action' ? await explainer.last(label) : undefined;
  if (options.json === true) return [JSON.stringify({ now, last, execution: store?.history.last(label) })];
  const style = { folder: project.workspace.folder };
  return [
    ...(node.type === 'leaf' && now.verdict === 'current'
      ? [`${label} is a source: every build reads it again`]
      : explanationLines(now, style)),
    ...(last === undefined ? [] : explanationLines(last, style)),
    ...executionLines(label, plan, store),
  ];
}

/** When the node last ran, and which of the nodes that would run now failed in their last run. */
function executionLines(label: Label, plan: Plan, store: Store | undefined): readonly string[] {
  const lines: string[] = [];
  for (const { node, outlook } of plan.values()) {
    const execution = outlook === 'current' ? undefined : store?.history.last(node.label);
    if (execution?.status !== 'failed') continue;
    const how = execution.log === undefined ? (execution.failure ?? '') : `see aib log ${node.label}`;
    lines.push(`${node.label} failed on ${utc(execution.started)}: ${how}`);
  }
  const own = store?.history.lastDone(label);
  if (own !== undefined) lines.push(`it last ran on ${utc(own.started)}, for ${formatDuration(own.duration)}`);
  return lines;
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** One shortest chain of inputs, from a node down to what it depends on. */
function whyDependsOn(node: Node, word: string, project: Project, options: Options): Result<readonly string[]> {
  const other = oneNode(word, project);
  if (!other.ok) return other;
  const { graph } = projectWorld(project);
  const [from = 0, to = 0] = [node, other.value].map(({ label }) => graph.indexOf(label));
  const path = [...somePath(graph, Uint32Array.of(from), Uint32Array.of(to))];
  const labels = path.map(index => graph.nodes[index]?.label ?? '');
  if (labels.length === 0) {
    const isReverse = somePath(graph, Uint32Array.of(to), Uint32Array.of(from)).length > 0;
    return fail({
      code: 'AIB_NO_PATH',
      what: `${node.label} does not depend on ${other.value.label}`,
      ...(isReverse ? { hint: `the second depends on the first: aib why ${other.value.label} ${node.label}` } : {}),
    });
  }
  const steps = path.slice(0, -1).map((index, place) => ({
    label: labels[place] ?? '',
    on: labels[place + 1] ?? '',
    inputs: (graph.nodes[index]?.inputs ?? [])
      .filter(input => input.label === labels[place + 1])
      .map(({ name, output }) => ({ name, output })),
  }));
  if (options.json === true) return ok([JSON.stringify(steps)]);
  const lines = steps.map(({ on, inputs }) => {
    const names = inputs.map(({ name, output }) => (name === output ? name : `${name} (its ${output})`));
    return `  reads ${names.join(', ')} from ${on}`;
  });
  return ok([node.label, ...lines]);
}
