/**
 * A result as caches keep it, an `ActionResult` message. Reading never accepts a result whose outputs are not exactly those that the action
 * declares: an additional output would be written to a path that nobody expects.
 */
import type { ActionSpec } from '../../engine/model/action.ts';
import type { Digest } from '../../store/content/digest.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { ACTION_RESULT, type ActionResult, digestIn } from '../messages/execution-messages.ts';
import { decodeMessage, encodeMessage } from '../messages/message-codec.ts';

/** An output that a result names. The content of a folder is in its tree. */
export type StoredOutput =
  | { readonly type: 'file'; readonly path: string; readonly digest: Digest; readonly executable: boolean }
  | { readonly type: 'directory'; readonly path: string; readonly tree: Digest; readonly root: Digest | undefined };

export interface StoredResult {
  /** By the names of the action. */
  readonly outputs: ReadonlyMap<string, StoredOutput>;
  /** Milliseconds that the action took where it ran; undefined if the result does not say. */
  readonly duration: number | undefined;
}

/** Printed by caches as the machine that made a result; a fixed word, so that a result tells nothing about its maker. */
const WORKER = 'aib';

export function encodeStoredResult(outputs: Iterable<StoredOutput>, duration: number): Buffer {
  const all = [...outputs];
  return encodeMessage(ACTION_RESULT, {
    files: all.flatMap(output => {
      if (output.type !== 'file') return [];
      const { path, digest, executable } = output;
      return [{ path, digest, executable }];
    }),
    directories: all.flatMap(output => {
      if (output.type !== 'directory') return [];
      const { path, tree, root = internalRoot(path) } = output;
      return [{ path, tree, root }];
    }),
    metadata: {
      worker: WORKER,
      duration: { seconds: Math.floor(duration / 1_000), nanos: Math.round(duration % 1_000) * 1_000_000 },
    },
  });
}

function internalRoot(path: string): never {
  throw internal(`the folder ${path} has no digest`);
}

/** The result for an action, or a phrase about what is wrong with it. */
export function readStoredResult(bytes: Uint8Array, spec: ActionSpec): Result<StoredResult, string> {
  const result = decodeMessage(ACTION_RESULT, bytes);
  if (result === undefined || bytes.byteLength === 0) return fail('it is not an ActionResult message');
  if ((result.exitCode ?? 0) !== 0) return fail(`it is of a failed action, with exit status ${result.exitCode}`);
  const { fileSymlinks = [], directorySymlinks = [], symlinks = [] } = result;
  const [link] = [...fileSymlinks, ...directorySymlinks, ...symlinks];
  if (link !== undefined) return fail(`its output ${link.name} is a symbolic link`);
  const found = outputsOf(result);
  return found.ok ? asDeclared(found.value, spec, durationOf(result)) : found;
}

function outputsOf({ files = [], directories = [] }: ActionResult): Result<readonly StoredOutput[], string> {
  const outputs: StoredOutput[] = [];
  for (const { path = '', digest: encoded, executable = false } of files) {
    const digest = digestIn(encoded);
    if (digest === undefined) return fail(`its output ${path} has no valid digest`);
    outputs.push({ type: 'file', path, digest, executable });
  }
  for (const { path = '', tree: encoded, root: encodedRoot } of directories) {
    const [tree, root] = [digestIn(encoded), digestIn(encodedRoot)];
    if (tree === undefined || (encodedRoot !== undefined && root === undefined))
      return fail(`its output ${path} has no valid digest`);
    outputs.push({ type: 'directory', path, tree, root });
  }
  return ok(outputs);
}

function asDeclared(
  found: readonly StoredOutput[],
  spec: ActionSpec,
  duration: number | undefined,
): Result<StoredResult, string> {
  const outputs = new Map<string, StoredOutput>();
  const declared = new Map(Object.entries(spec.outputs).map(([name, output]) => [output.path, { name, ...output }]));
  for (const output of found) {
    const wanted = declared.get(output.path);
    if (wanted === undefined) return fail(`it has an output that the action does not declare: ${output.path}`);
    if (outputs.has(wanted.name)) return fail(`it has the output ${output.path} twice`);
    if (wanted.type !== output.type) return fail(`its output ${output.path} is a ${output.type}, not a ${wanted.type}`);
    outputs.set(wanted.name, output);
  }
  for (const { name, path } of declared.values())
    if (!outputs.has(name)) return fail(`it does not have the output ${path}`);
  return ok({ outputs, duration });
}

function durationOf({ metadata }: ActionResult): number | undefined {
  if (metadata?.duration === undefined) return undefined;
  const { seconds = 0, nanos = 0 } = metadata.duration;
  return seconds * 1_000 + nanos / 1_000_000;
}
