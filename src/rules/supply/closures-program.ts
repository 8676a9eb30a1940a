/**
 * The `closures` program: resolves in a separate process, because the indexes of a matrix would fill the memory of this one and block it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../../engine/run/program.ts';
import { ok } from '../../util/result.ts';
import { type ClosureRequest, type SolveJob, writeAnswers } from './closure-request.ts';
import { solveClosures } from './solve-closures.ts';

/** The name of the only parameter; its value is the job as JSON. Inputs are the indexes, by the paths of their repositories. */
export const JOB = 'JOB';
export const ANSWERS = 'answers.json';

interface JobText {
  readonly requests: readonly ClosureRequest[];
  readonly keys: KeysText;
  readonly foreignKeys: readonly (readonly [path: string, keys: KeysText])[];
}

type KeysText = readonly (readonly [name: string, pem: string])[];

export function jobText({ requests, keys, foreignKeys = new Map() }: SolveJob): string {
  const foreign = [...foreignKeys].map(([path, own]) => [path, [...own]] as const);
  return JSON.stringify({ requests, keys: [...keys], foreignKeys: foreign } satisfies JobText);
}

export const workOutClosures: Program = async ({ parameters, inputs, inputFile, folder, signal }) => {
  const { requests, keys, foreignKeys } = JSON.parse(parameters[JOB] ?? '') as JobText;
  const readIndex = (path: string) => (inputs.has(path) ? readFileSync(inputFile(path)) : undefined);
  const answers = await solveClosures(
    {
      requests,
      readIndex,
      keys: new Map(keys),
      foreignKeys: new Map(foreignKeys.map(([path, own]) => [path, new Map(own)])),
    },
    signal,
  );
  if (!answers.ok) return answers;
  writeFileSync(join(folder, ANSWERS), writeAnswers(answers.value));
  return ok(undefined);
};
