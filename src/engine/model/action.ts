/**
 * An action: how a node's outputs come from its inputs, described completely enough that its key follows from the description alone. Nothing
 * that cannot change the outputs may stand in an ActionSpec, and nothing that can may stand outside.
 */
import type { Artifact } from '../../store/content/artifact.ts';
import type { Result } from '../../util/result.ts';

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
  /** Fixed and generous; part of the key because the Remote Execution API has it there. */
  readonly timeoutSeconds: number;
}

/** What an action takes from the machine while it runs. Not in the key. */
export type Resources = Readonly<Record<string, number>>;

interface CommandAction {
  readonly type: 'command';
  readonly spec: ActionSpec;
  readonly resources: Resources;
}

export interface InProcessAction {
  readonly type: 'in-process';
  readonly spec: ActionSpec;
  readonly resources: Resources;
  /** Writes every declared output below `context.folder`. */
  readonly run: (context: InProcessContext) => Promise<Result<void>>;
}

export type Action = CommandAction | InProcessAction;

export interface InProcessContext {
  /** Empty at first; removed afterwards. */
  readonly folder: string;
  /** The file of an input, for reading only; a path may lead into an input folder. */
  readonly inputFile: (path: string) => string;
  /** Paths of all files in an input folder, sorted, relative to it. */
  readonly listInput: (path: string) => readonly string[];
  readonly signal: AbortSignal;
  /** A line for the log of this execution. */
  readonly log: (line: string) => void;
  /** A few words about what is being done now, for the progress display. */
  readonly progress: (words: string) => void;
}

/** The spec of an action that aib performs itself: parameters ride in the environment, as a command's would. */
export function inProcessSpec(description: {
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
