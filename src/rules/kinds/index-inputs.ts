/** Package indexes as inputs of an action, with the keys that their signatures are checked against; nothing in them is believed unchecked. */
import { readFileSync } from 'node:fs';
import type { Edge } from '../../engine/model/graph.ts';
import type { FetchContext } from '../../engine/run/program.ts';
import { indexLabel } from '../labels.ts';
import type { RepositoryRef } from '../package-set.ts';
import { TRUSTED_KEYS } from './trust.ts';

export function indexInputs(repositories: readonly RepositoryRef[]): Readonly<Record<string, Edge>> {
  const inputs: Record<string, Edge> = { keys: TRUSTED_KEYS };
  for (const { path } of repositories) inputs[inputName(path)] = { label: indexLabel(path), output: 'index' };
  return inputs;
}

/** The bytes of one; `path` is that of its repository. */
export function readIndexInput(context: Pick<FetchContext, 'inputFile'>, path: string): Uint8Array {
  return readFileSync(context.inputFile(inputName(path)));
}

function inputName(path: string): string {
  return `index/${path}`;
}
