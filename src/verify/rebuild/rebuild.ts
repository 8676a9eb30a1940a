/**
 * Builds nodes again, each from what its own inputs are on record as, past the cache, and compares every output. One bad node does not blame those that
 * take its outputs, and the first difference does not end it. Records nothing.
 */
import type { Action } from '../../engine/model/action.ts';
import { type Label, type Outputs, sameArtifact } from '../../engine/model/graph.ts';
import { type Grants, grantsFor } from '../../engine/run/grants.ts';
import type { Runners } from '../../engine/run/runner.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import { type Failure, internal } from '../../util/failure.ts';
import { type Explanation, explainDifference } from './output-difference.ts';
import type { Variation, VariationName } from './variations.ts';

/** A node that was built, and what came out. */
export interface BuiltNode {
  readonly label: Label;
  readonly kind: string;
  readonly action: Action;
  readonly key: Sha256;
  readonly outputs: Outputs;
}

interface OutputDifference {
  readonly output: string;
  /** Where both sides lie. */
  readonly paths: readonly [before: string, after: string];
  readonly explanation: Explanation;
}

export interface RunVerdict {
  readonly variation: VariationName;
  readonly milliseconds: number;
  readonly outcome: 'same' | 'different' | 'failed';
  readonly differences: readonly OutputDifference[];
  readonly failure?: Failure;
}

export interface NodeVerdict {
  readonly label: Label;
  readonly kind: string;
  readonly outcome: 'bit-identical' | 'different' | 'failed';
  readonly runs: readonly RunVerdict[];
}

export interface Rebuilding {
  readonly runners: Runners;
  readonly variations: readonly Variation[];
  /** What every run is given, whatever it varies. */
  readonly grants: Partial<Grants>;
  /** Where the bytes of an output lie. */
  readonly pathOf: (artifact: Outputs[string]) => string;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export async function rebuild(node: BuiltNode, rebuilding: Rebuilding): Promise<NodeVerdict> {
  const runs: RunVerdict[] = [];
  for (const variation of rebuilding.variations) {
    if (rebuilding.signal.aborted) break;
    runs.push(await runOnce(node, variation, rebuilding));
  }
  const has = (outcome: RunVerdict['outcome']): boolean => runs.some(run => run.outcome === outcome);
  const { label, kind } = node;
  const outcome = has('different') ? 'different' : has('failed') ? 'failed' : 'bit-identical';
  return { label, kind, outcome, runs };
}

async function runOnce(node: BuiltNode, variation: Variation, rebuilding: Rebuilding): Promise<RunVerdict> {
  const { action, key, outputs } = node;
  const { runners, grants, pathOf, signal, now } = rebuilding;
  const began = now();
  const runner = runners[action.sort];
  if (runner === undefined) throw internal(`nobody runs actions of the sort ${action.sort}`);
  const result = await runner.execute(action.spec, {
    key,
    grants: grantsFor(action, { ...grants, ...variation.grants(action) }),
    signal,
    log: () => undefined,
    progress: () => undefined,
  });
  const run = { variation: variation.name, milliseconds: now() - began };
  if (!result.ok) return { ...run, outcome: 'failed', differences: [], failure: result.error };
  const differences: OutputDifference[] = [];
  for (const [output, before] of Object.entries(outputs)) {
    const after = result.value.outputs[output];
    if (after === undefined || sameArtifact(before, after)) continue;
    const paths = [pathOf(before), pathOf(after)] as const;
    differences.push({ output, paths, explanation: await explainDifference(before, after, paths) });
  }
  return { ...run, outcome: differences.length === 0 ? 'same' : 'different', differences };
}
