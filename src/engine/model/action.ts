/**
 * An action: how a node's outputs are made from its inputs, described so completely that its key follows from the description. An
 * ActionSpec contains everything that can change the outputs, and never anything else. It is data without functions, so an action can be
 * stored, sent to another machine and run again.
 */
import type { Artifact } from '../../store/content/artifact.ts';

/** A file or folder of the input root. */
export interface Input extends Artifact {
  /** Only for files; default false. */
  readonly executable?: boolean;
}

export interface Output {
  readonly type: 'file' | 'directory';
  /** Relative to the working folder. */
  readonly path: string;
}

/** Everything that is in the key, and why. */
export interface ActionSpec {
  /** The program and its arguments. */
  readonly arguments: readonly string[];
  /** The whole environment; contains the node's kind and format version, so that a change of aib's own formats changes the key. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything the program may read, by path in its working folder. Digests of content, never keys: this makes early cutoff possible. */
  readonly inputs: ReadonlyMap<string, Input>;
  /** What must exist afterwards, by the name that dependents use. */
  readonly outputs: Readonly<Record<string, Output>>;
  /** The required machine: instruction set, and the device model of QEMU. */
  readonly platform: Readonly<Record<string, string>>;
  /** Fixed and generous; in the key because the Remote Execution API includes it. 0 for no limit. */
  readonly timeoutSeconds: number;
}

/** The machine resources that an action occupies while it runs. Not in the key. */
export type Resources = Readonly<Record<string, number>>;

/**
 * How an action is run. `command`: a process with its arguments and environment, here or on a remote worker. `builtin`: a program of aib,
 * by name, outside of the main process. `fetch`: a program of aib that may use the network; the digests in its spec decide what it fetches.
 */
export type ActionSort = 'command' | 'builtin' | 'fetch';

export interface Action {
  readonly sort: ActionSort;
  readonly spec: ActionSpec;
  readonly resources: Resources;
  /** Seconds that each of its phases may take, by name. Not in the key, and multiplied by `--limit-factor` on a slow machine. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** The spec of an action that a program of aib runs: parameters are environment variables, as for a command. */
export function programSpec(description: {
  /** Also the name of the program. */
  readonly kind: string;
  /** Increase it when the same inputs result in other bytes; the golden-bytes tests fail then. */
  readonly format: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly inputs: ReadonlyMap<string, Input>;
  readonly outputs: Readonly<Record<string, Output>>;
}): ActionSpec {
  return {
    arguments: ['aib', description.kind],
    environment: { ...description.parameters, AIB_KIND: description.kind, AIB_FORMAT: String(description.format) },
    inputs: description.inputs,
    outputs: description.outputs,
    platform: {},
    timeoutSeconds: 0,
  };
}
