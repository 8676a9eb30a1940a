/**
 * Builds nodes again without the cache, each from the recorded outputs of its inputs, and compares every output. So a difference in one
 * node does not affect its dependents, and the first difference does not end the verification. Never records anything.
 */
import type { Action } from '../../engine/model/action.ts';
import { type Label, type Outputs, sameArtifact } from '../../engine/model/graph.ts';
import { type Grants, grantsFor } from '../../engine/run/grants.ts';
import type { Runners, RunOutcome } from '../../engine/run/runner.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import type { VerdictWord } from '../../store/records/verdicts.ts';
import { type Failure, internal } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import { AGREEMENTS, type Agreement } from '../diff/verdict.ts';
import { type Allowed, allowedIn } from './allowed.ts';
import { type Explanation, explainDifference } from './output-difference.ts';
import { grantsTogether, type Run, type RunName, type Variation, varied } from './variations.ts';

/** A node that was built, with its outputs. */
export interface BuiltNode {
  readonly label: Label;
  readonly kind: string;
  readonly action: Action;
  readonly key: Sha256;
  readonly outputs: Outputs;
}

interface OutputDifference {
  readonly output: string;
  /** The files of both sides. */
  readonly paths: readonly [before: string, after: string];
  readonly explanation: Explanation;
  /** Reasons by path, if the project allows all differences. */
  readonly allowed?: Readonly<Record<string, string>>;
}

interface Comparison {
  readonly milliseconds: number;
  readonly outcome: 'same' | 'allowed' | 'different' | 'failed';
  readonly differences: readonly OutputDifference[];
  readonly failure?: Failure;
}

export interface RunVerdict extends Comparison {
  readonly run: RunName;
  readonly round: number;
  /** The results of splitting a run that differs: once without variations, and once with each variation alone. */
  readonly parts?: readonly Part[];
}

interface Part extends Comparison {
  /** Undefined if nothing was varied. */
  readonly variation: string | undefined;
}

export interface NodeVerdict {
  readonly label: Label;
  readonly kind: string;
  readonly outcome: VerdictWord;
  /** The level at which different outputs agree, if all of them are disks, archives or similar. */
  readonly level?: Agreement;
  readonly runs: readonly RunVerdict[];
}

/** The verdict for a requested label, with all its dependencies. */
export interface TargetVerdict {
  readonly label: Label;
  readonly outcome: VerdictWord;
  readonly nodes: number;
  /** The first node that is not bit-identical, inputs first. */
  readonly first?: Label;
}

export interface Rebuilding {
  readonly runners: Runners;
  readonly runs: readonly Run[];
  /** Whether runs that differ are split. */
  readonly minimise: boolean;
  readonly allowed: readonly Allowed[];
  /** Grants for every run, in addition to its variations. */
  readonly grants: Partial<Grants>;
  /** The file of an output. */
  readonly pathOf: (artifact: Outputs[string]) => string;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export async function rebuild(node: BuiltNode, rebuilding: Rebuilding): Promise<NodeVerdict> {
  const { runs, minimise, signal } = rebuilding;
  const verdicts: RunVerdict[] = [];
  for (const run of runs) {
    if (signal.aborted) break;
    const { name, round } = run;
    const { comparison } = await runOnce(node, varied(run), rebuilding);
    const parts =
      minimise && (comparison.outcome === 'different' || comparison.outcome === 'failed')
        ? { parts: await takenApart(node, varied(run), rebuilding) }
        : {};
    verdicts.push({ run: name, round, ...comparison, ...parts });
  }
  return verdictOf(node, verdicts);
}

export function verdictOf(
  { label, kind }: Pick<BuiltNode, 'label' | 'kind'>,
  runs: readonly RunVerdict[],
): NodeVerdict {
  const level = levelOf(runs.flatMap(({ differences }) => differences));
  return { label, kind, outcome: worstOf(runs), ...(level === undefined ? {} : { level }), runs };
}

function levelOf(differences: readonly OutputDifference[]): Agreement | undefined {
  const levels = differences.map(({ explanation }) =>
    explanation.type === 'disk' ? explanation.difference.verdict : undefined,
  );
  return levels.includes(undefined) ? undefined : AGREEMENTS.findLast(each => levels.includes(each));
}

/** A difference is worse than a failure, because it is certain; a failure may have been accidental. */
export function worstOf(all: readonly { readonly outcome: VerdictWord | 'same' }[]): VerdictWord {
  const has = (word: VerdictWord): boolean => all.some(({ outcome }) => outcome === word);
  return (['different', 'failed', 'allowed'] as const).find(has) ?? 'bit-identical';
}

async function takenApart(
  node: BuiltNode,
  variations: readonly Variation[],
  rebuilding: Rebuilding,
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (const one of [[], ...variations.map(variation => [variation])]) {
    if (rebuilding.signal.aborted) break;
    const { comparison } = await runOnce(node, one, rebuilding);
    parts.push({ variation: one[0]?.name, ...comparison });
  }
  return parts;
}

/** Also returns the outputs, if the action succeeded. */
export async function runOnce(
  { action, key, outputs }: BuiltNode,
  variations: readonly Variation[],
  { runners, grants, allowed, pathOf, signal, now }: Rebuilding,
): Promise<{ readonly comparison: Comparison; readonly made?: Outputs }> {
  const began = now();
  const runner = runners[action.sort];
  if (runner === undefined) throw internal(`no runner for actions of the sort ${action.sort}`);
  const result: Result<RunOutcome> = await runner.execute(action.spec, {
    key,
    grants: grantsFor(action, { ...grants, ...grantsTogether(variations, action) }),
    signal,
    log: () => undefined,
    progress: () => undefined,
  });
  const milliseconds = now() - began;
  if (!result.ok) return { comparison: { milliseconds, outcome: 'failed', differences: [], failure: result.error } };
  const made = result.value.outputs;
  const differences: OutputDifference[] = [];
  for (const [output, before] of Object.entries(outputs)) {
    const after = made[output];
    if (after === undefined || sameArtifact(before, after)) continue;
    const paths = [pathOf(before), pathOf(after)] as const;
    const explanation = await explainDifference(before, after, paths);
    const reasons = allowedIn(explanation, allowed)?.map(({ path, reason }) => [path, reason]);
    const known = reasons === undefined ? {} : { allowed: Object.fromEntries(reasons) };
    differences.push({ output, paths, explanation, ...known });
  }
  return { comparison: { milliseconds, outcome: outcomeOf(differences), differences }, made };
}

function outcomeOf(differences: readonly OutputDifference[]): 'same' | 'allowed' | 'different' {
  if (differences.length === 0) return 'same';
  return differences.every(({ allowed }) => allowed !== undefined) ? 'allowed' : 'different';
}
