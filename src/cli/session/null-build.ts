/** Reads the snapshot of the last build of the same command. Every start loads this file, so it imports little and does no work. */
import type { Workspace } from '../../config/workspace/workspace.ts';
import { readSnapshot } from '../../store/sources/snapshot.ts';

export interface Asked {
  readonly verb: 'build' | 'boot';
  /** As typed by the user. */
  readonly labels: readonly string[];
  readonly mirror?: readonly string[] | undefined;
  readonly output?: string | undefined;
  /** Options that override the configuration. */
  readonly changes?: readonly unknown[] | undefined;
}

/** `aib boot LABEL` is `aib build LABEL:boot`. */
export function targetLabels({ verb, labels }: Asked): readonly string[] {
  if (verb === 'build') return labels;
  return labels.map(label => withOutput(label, 'boot'));
}

/** A label that names no output means this one. */
export function withOutput(label: string, output: string): string {
  return label.includes(':') ? label : `${label}:${output}`;
}

/**
 * The key of the snapshot: everything that two runs must have in common to have the same result. It contains the paths of aib and of the
 * store, because a copied store must not answer for the original.
 */
export function commandOf(workspace: Workspace, asked: Asked): readonly string[] {
  const { verb, mirror, output, changes } = asked;
  const options = [mirror, output, changes];
  // Relative names of files and folders depend on the current folder.
  const said = options.some(option => option !== undefined) ? JSON.stringify([process.cwd(), ...options]) : '';
  return [verb, workspace.home, workspace.folder, workspace.cache, said, ...targetLabels(asked)];
}

/** The end of the last build, if the same command has nothing to do. */
export function lastBuild(workspace: Workspace, command: readonly string[]): Summary | undefined {
  return readSnapshot(workspace.cache, command, Date.now()) as Summary | undefined;
}

export function upToDate({ nodes }: Summary): string {
  return `up to date: ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, nothing to do\n`;
}

/** What a build prints at its end, and a null build prints again. */
export interface Summary {
  readonly nodes: number;
  /** One line per target, for standard output. */
  readonly lines: readonly string[];
}
