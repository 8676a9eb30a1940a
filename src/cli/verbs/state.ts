/** `aib state LABEL…`: which objects of labels exist at clouds, in each region, and what is missing or different. Changes nothing. */

import type { Target } from '../../engine/build/build.ts';
import type { Plan } from '../../engine/build/plan.ts';
import type { Graph } from '../../engine/model/graph.ts';
import { columns } from '../../report/text/columns.ts';
import { variantOf } from '../../rules/labels.ts';
import type { Failure } from '../../util/failure.ts';
import { ok } from '../../util/result.ts';
import { type AskedObject, askObjects, chooseObjects } from '../session/asked-objects.ts';
import { endsAtOnce } from '../session/interruption.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { targetOf } from '../words/targets.ts';

export function stateCommand(words: readonly string[], options: Options): Promise<number> {
  if (words.length === 0) {
    const hint = 'aib state //aws/x86_64/uefi/tiny';
    return Promise.resolve(showFailure({ code: 'AIB_USAGE', what: 'aib state requires at least one label', hint }));
  }
  return withSession(options, endsAtOnce(), async session => {
    const chosen = await chooseObjects(session, words);
    if (!chosen.ok) return chosen;
    const { project, targets: named } = chosen.value;
    const store = session.storeIfAny();
    if (!store.ok) return store;
    const targets = withSiblings(named, project.graph);
    const { objects, planned } = await askObjects(project, store.value, targets, session.signal);
    const rows = objects.map(object => rowOf(object, planned));
    await printLines(options.json === true ? rows.map(row => JSON.stringify(row)) : tableOf(rows));
    return ok(rows.some(({ state }) => state === 'refused') ? EXIT.failed : EXIT.done);
  });
}

/** The label of an import also selects the copies and publications of its variant. */
function withSiblings(targets: readonly Target[], { nodes }: Graph): readonly Target[] {
  const variants = new Set(targets.flatMap(({ label }) => (label.endsWith(':import') ? [variantOf(label)] : [])));
  const all = [...nodes.values()].filter(({ label, type }) => type === 'external' && variants.has(variantOf(label)));
  return [...new Map([...targets, ...all.map(targetOf)].map(target => [target.label, target])).values()];
}

interface StateRow {
  readonly label: string;
  /** `not built`: the disk that it would be made from is not known yet. */
  readonly state: 'there' | 'differs' | 'pending' | 'partly' | 'absent' | 'not built' | 'refused';
  readonly image?: string;
  readonly name?: string;
  /** What is missing or different, or why it is not known. */
  readonly why?: string;
}

function rowOf({ node, asked }: AskedObject, planned: Plan): StateRow {
  const { label, steps } = node;
  if (asked === undefined) {
    const waits = planned.get(label)?.waitsFor ?? [];
    return {
      label,
      state: 'not built',
      ...(waits.length === 0 ? {} : { why: `requires ${waits.map(each => each.slice(each.indexOf(':'))).join(', ')}` }),
    };
  }
  const { standing } = asked;
  if (!standing.ok) return { label, state: 'refused', why: refusalWords(standing.error) };
  const { next, facts, pending, why } = standing.value;
  const { image, name } = facts;
  const known = { ...(image === undefined ? {} : { image }), ...(name === undefined ? {} : { name }) };
  if (next === steps.length) return { label, state: 'there', ...known };
  const left = steps.slice(next).map(step => step.name);
  if (pending !== undefined) return { label, state: 'pending', ...known, why: `its ${left[0] ?? ''} is in progress` };
  if (why !== undefined) return { label, state: 'differs', ...known, why };
  return { label, state: next === 0 ? 'absent' : 'partly', ...known, why: `no ${left.join(', no ')}` };
}

function refusalWords({ what, got }: Failure): string {
  return got === undefined ? what : `${what}: ${got}`;
}

function tableOf(rows: readonly StateRow[]): readonly string[] {
  return columns([
    ['object', 'state', 'image', ''],
    ...rows.map(({ label, state, image = '', why = '' }) => [label, state, image, why]),
  ]);
}
