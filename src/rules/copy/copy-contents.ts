/** What a mirror must have for targets to be built from it, as far as the graph and the lock say. Asks no mirror, and leaves out nothing in silence. */
import type { Lock } from '../../alpine/locking/lock.ts';
import { isForeign } from '../../alpine/mirror/foreign-address.ts';
import { indexPath, packagePath } from '../../alpine/mirror/mirror-layout.ts';
import { type Graph, type Label, type Node, reachable } from '../../engine/model/graph.ts';
import { parameterOf } from '../../engine/run/program.ts';
import type { Failure } from '../../util/failure.ts';
import { ok, type Result } from '../../util/result.ts';
import { type WantedIso, wantedIso } from '../kinds/iso.ts';
import { indexLabel, variantLabel, variantOf } from '../labels.ts';
import { packageSet } from '../package-set.ts';
import type { Project } from '../project/project.ts';

/** A file of the mirror that a node fetches, and keeps as it is. */
export interface FetchedFile {
  readonly label: Label;
  readonly output: string;
  /** On the mirror. */
  readonly path: string;
  /** Bytes, as the lock has it; 0 where it does not say. */
  readonly size: number;
}

export interface CopyContents {
  readonly packages: readonly FetchedFile[];
  /** Of the repositories that the packages are from, and of all others that their images name: what else is asked for can be worked out then. */
  readonly indexes: readonly FetchedFile[];
  readonly isos: readonly WantedIso[];
  /** Repositories that no mirror stands in for, so that nothing of them is copied. */
  readonly foreign: readonly string[];
  /** Why there is no firmware to boot some of the images. */
  readonly unbootable: readonly Failure[];
}

/** Kinds of which the lock says what they take of the mirror, or that it has no answer. */
const LOCKED_KINDS: ReadonlySet<string> = new Set(['package', 'iso', 'index', 'packages', 'toolbox', 'firmware']);

/**
 * What boots the images among the targets: whoever builds an image wants to see it run, and its firmware is a package, too. Nodes of the user's own
 * firmware are among them.
 */
export function firmwareFor({ nodes }: Graph, reached: readonly Node[]): readonly Label[] {
  const images = reached.filter(({ kind }) => kind === 'image');
  const boots = images.flatMap(({ label }) => nodes.get(variantLabel(variantOf(label), 'boot')) ?? []);
  const labels = boots.flatMap(({ inputs }) => Object.values(inputs).map(({ label }) => label));
  return [...new Set(labels)].filter(label => nodes.get(label)?.kind === 'firmware');
}

/** Fails with what the lock lacks, as a build of the targets would; without `firmware` they can be built, so of that it is only told. */
export function copyContents(
  { graph, configs }: Pick<Project, 'graph' | 'configs'>,
  targets: readonly Label[],
  firmware: readonly Label[],
): Result<CopyContents> {
  const unbootable: Failure[] = [];
  const bootable = firmware.filter(label => {
    const node = graph.nodes.get(label);
    const asked = node === undefined ? undefined : asks(node);
    if (asked?.ok === false) unbootable.push(asked.error);
    return asked?.ok === true;
  });
  const packages: FetchedFile[] = [];
  const isos: WantedIso[] = [];
  const repositories = new Set<string>();
  const images = new Set<string>();
  for (const node of reachable(graph, [...targets, ...bootable])) {
    const asked = asks(node);
    if (!asked.ok) return asked;
    const parameter = (name: string): string => parameterOf(asked.value, name);
    switch (node.kind) {
      case 'package': {
        const repository = parameter('REPOSITORY');
        repositories.add(repository);
        if (isForeign(repository)) break;
        const path = packagePath(repository, { name: parameter('NAME'), version: parameter('VERSION') });
        packages.push({ label: node.label, output: 'package', path, size: Number(parameter('SIZE')) });
        break;
      }
      case 'iso':
        isos.push(wantedIso(asked.value));
        break;
      case 'index':
        repositories.add(parameter('INDEX'));
        break;
      case 'packages':
        images.add(variantOf(node.label));
        break;
    }
  }
  for (const config of configs) {
    const set = images.has(config.variant.name) ? packageSet(config) : undefined;
    if (set?.ok === false) return set;
    for (const { path } of set?.value.repositories ?? []) repositories.add(path);
  }
  const own = new Set([...repositories].filter(path => !isForeign(path)));
  const foreign = [...repositories].filter(isForeign).sort();
  return ok({ packages, isos, unbootable, foreign, indexes: indexesOf(graph, own) });
}

/** Paths of all that the lock names, whoever needs it. */
export function lockedPaths({ packages, indexes, iso }: Lock): ReadonlySet<string> {
  const files = Object.entries(packages).flatMap(([index, table]) =>
    // Two versions of a package stand there as `name=version`.
    Object.entries(table).map(([known, { version }]) =>
      packagePath(index, { name: known.replace(/=.*/, ''), version }),
    ),
  );
  return new Set([...files, ...Object.keys(indexes).map(indexPath), ...Object.values(iso).map(({ path }) => path)]);
}

/** What the action of a node is told: of a fetch, what it is to fetch. It does not depend on what the inputs are. */
function asks(node: Node): Result<{ readonly parameters: Readonly<Record<string, string>> }> {
  if (node.type !== 'action' || !LOCKED_KINDS.has(node.kind)) return ok({ parameters: {} });
  const action = node.prepare({});
  return action.ok ? ok({ parameters: action.value.spec.environment }) : action;
}

/** Those that the lock has. */
function indexesOf({ nodes }: Graph, repositories: ReadonlySet<string>): readonly FetchedFile[] {
  return [...repositories].sort().flatMap(path => {
    const label = indexLabel(path);
    const node = nodes.get(label);
    const asked = node === undefined ? undefined : asks(node);
    if (asked?.ok !== true) return [];
    return [{ label, output: 'index', path: indexPath(path), size: Number(parameterOf(asked.value, 'SIZE')) }];
  });
}
