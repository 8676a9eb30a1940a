/**
 * The result of verifying an image, as an in-toto statement that others can check (form: docs/verification.md). Never claims more than the
 * verdicts: if a node could not be built again, the result is incomplete.
 */
import { hostname } from 'node:os';
import { type NodeVerdict, worstOf } from '../../verify/rebuild/rebuild.ts';
import { type Run, VARIATIONS, varied } from '../../verify/rebuild/variations.ts';
import { type DigestSet, type Statement, type Subject, statementOf } from '../signing/statement.ts';
import type { BuilderFacts } from './run-facts.ts';

export const VERIFICATION_TYPE = 'urn:aib:verification:v1';

/** The only verdict that confirms an image. */
export const IDENTICAL = 'bit-identical';

/** `incomplete`: the inputs of some nodes are gone. */
export type Verdict = NodeVerdict['outcome'] | 'incomplete';

export interface Verification {
  readonly subject: readonly Subject[];
  /** Label of the image's variant. */
  readonly label: string;
  readonly verdicts: readonly NodeVerdict[];
  /** Labels of nodes that could not be built again. */
  readonly absent: readonly string[];
  readonly runs: readonly Run[];
  readonly builder: BuilderFacts;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly finished: number;
  /** Digest of the image's provenance file. */
  readonly provenance: DigestSet;
}

export function verificationRecord(verification: Verification): Statement<{ readonly verdict: Verdict }> {
  const { subject, label, verdicts, absent, builder, started, finished, provenance } = verification;
  return statementOf(subject, VERIFICATION_TYPE, {
    verdict: verdictOf(verdicts, absent),
    label,
    nodes: verdicts.map(({ outcome, runs, ...node }) => ({
      label: node.label,
      kind: node.kind,
      verdict: outcome,
      runs: runs.map(run => ({
        run: run.run,
        ...(run.round === 1 ? {} : { round: run.round }),
        outcome: run.outcome,
        ...(run.differences.length === 0 ? {} : { different: run.differences.map(({ output }) => output) }),
        ...(run.failure === undefined ? {} : { failure: run.failure.code }),
      })),
    })),
    absent,
    ...variedIn(verification.runs),
    verifier: { host: hostname(), ...builder },
    startedOn: new Date(started).toISOString(),
    finishedOn: new Date(finished).toISOString(),
    provenance,
  });
}

function verdictOf(verdicts: readonly NodeVerdict[], absent: readonly string[]): Verdict {
  const worst = worstOf(verdicts);
  if (worst !== IDENTICAL) return worst;
  return absent.length > 0 || verdicts.length === 0 ? 'incomplete' : IDENTICAL;
}

/** The names of variations. A variation that a run omits on purpose counts as not varied. */
function variedIn(runs: readonly Run[]) {
  const names = (all: readonly { readonly name: string }[]): readonly string[] => [
    ...new Set(all.map(({ name }) => name)),
  ];
  const tried = names(runs.flatMap(varied));
  return { varied: tried, notVaried: VARIATIONS.filter(name => !tried.includes(name)) };
}
