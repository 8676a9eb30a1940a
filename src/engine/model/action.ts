/**
 * An action: how a node's outputs come from its inputs, described completely enough that its key follows from the description alone. It is data:
 * nothing that cannot change the outputs may stand in an ActionSpec, nothing that can may stand outside, and there is no function in it, so an
 * action can be stored, sent elsewhere and run again.
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
  /** The program and what it is told. */
  readonly arguments: readonly string[];
  /** All of the environment; carries the node's kind and format version, so that a change of aib's own formats is a change of key. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything the program may read, by path in its working folder. Digests of content, never keys: that is early cutoff. */
  readonly inputs: ReadonlyMap<string, Input>;
  /** What must be there afterwards, by the name that dependents use. */
  readonly outputs: Readonly<Record<string, Output>>;
  /** What the machine must be: instruction set, the device model that QEMU is to show. */
  readonly platform: Readonly<Record<string, string>>;
  /** Fixed and generous; part of the key because the Remote Execution API has it there. 0 for no limit. */
  readonly timeoutSeconds: number;
}

/** What an action takes from the machine while it runs. Not in the key. */
export type Resources = Readonly<Record<string, number>>;

/**
 * Who carries an action out. `command`: a process with its arguments and environment, here or on a remote worker. `builtin`: a program of aib's
 * own, by name, outside of the main process. `fetch`: a program of aib's own that may use the network; what it brings is decided by what its
 * spec names by digest.
 */
export type ActionSort = 'command' | 'builtin' | 'fetch';

export interface Action {
  readonly sort: ActionSort;
  readonly spec: ActionSpec;
  readonly resources: Resources;
  /** Seconds that each of its phases may take, by name. Not in the key, and multiplied by whoever has a slow machine. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** The spec of an action that a program of aib's own carries out: parameters ride in the environment, as a command's would. */
export function programSpec(description: {
  /** Names the program, too. */
  readonly kind: string;
  /** Bump when the same inputs give other bytes; golden-bytes tests say when. */
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
