/** What the last build left for the same command. Every start pays for what is imported here, so it loads nothing and never does any work. */
import type { Workspace } from '../../config/workspace/workspace.ts';
import { readSnapshot } from '../../store/sources/snapshot.ts';

export interface Asked {
  readonly verb: 'build' | 'boot';
  /** As the user wrote them. */
  readonly labels: readonly string[];
  readonly mirror?: readonly string[] | undefined;
  readonly output?: string | undefined;
  /** What the command line laid over the configuration. */
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
 * Everything that two runs must have in common to have the same result: what the snapshot is kept under. Which aib it is, and which store, are
 * part of it: a copied store must not speak for the one that it was copied from.
 */
export function commandOf(workspace: Workspace, asked: Asked): readonly string[] {
  const { verb, mirror, output, changes } = asked;
  const options = [mirror, output, changes];
  // Names of files and folders mean something only from where they were said.
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

/** What a build says at its end, and a null build says again. */
export interface Summary {
  readonly nodes: number;
  /** One line per target, for standard output. */
  readonly lines: readonly string[];
}
