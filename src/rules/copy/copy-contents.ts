/**
 * The files that a mirror must have to build targets from it, according to the graph and the lock. Reads no mirror; never omits a file
 * silently.
 */
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

/** A file of the mirror that a node fetches and stores unchanged. */
export interface FetchedFile {
  readonly label: Label;
  readonly output: string;
  /** On the mirror. */
  readonly path: string;
  /** Bytes according to the lock; 0 if the lock does not have the size. */
  readonly size: number;
}

export interface CopyContents {
  readonly packages: readonly FetchedFile[];
  /** Of all repositories of the packages and of their images, so that other packages can be resolved later. */
  readonly indexes: readonly FetchedFile[];
  readonly isos: readonly WantedIso[];
  /** Foreign repositories, which are not copied. */
  readonly foreign: readonly string[];
  /** Why the firmware for some of the images is missing. */
  readonly unbootable: readonly Failure[];
}

/** Kinds with files of the mirror that the lock names, or should name. */
const LOCKED_KINDS: ReadonlySet<string> = new Set(['package', 'iso', 'index', 'packages', 'toolbox', 'firmware']);

/**
 * The firmware that boots the images among the targets: it is a package, too, and a built image will be booted. Includes nodes of the
 * user's own firmware.
 */
export function firmwareFor({ nodes }: Graph, reached: readonly Node[]): readonly Label[] {
  const images = reached.filter(({ kind }) => kind === 'image');
  const boots = images.flatMap(({ label }) => nodes.get(variantLabel(variantOf(label), 'boot')) ?? []);
  const labels = boots.flatMap(({ inputs }) => Object.values(inputs).map(({ label }) => label));
  return [...new Set(labels)].filter(label => nodes.get(label)?.kind === 'firmware');
}

/**
 * Fails if the lock is incomplete, as a build of the targets would. Targets can be built without `firmware`, so missing firmware is only
 * reported.
 */
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

/** Paths of all files that the lock names, for any image. */
export function lockedPaths({ packages, indexes, iso }: Lock): ReadonlySet<string> {
  const files = Object.entries(packages).flatMap(([index, table]) =>
    // If there are two versions of a package, the key is `name=version`.
    Object.entries(table).map(([known, { version }]) =>
      packagePath(index, { name: known.replace(/=.*/, ''), version }),
    ),
  );
  return new Set([...files, ...Object.keys(indexes).map(indexPath), ...Object.values(iso).map(({ path }) => path)]);
}

/** The parameters of a node's action: for a fetch, what to fetch. They do not depend on the inputs. */
function asks(node: Node): Result<{ readonly parameters: Readonly<Record<string, string>> }> {
  if (node.type !== 'action' || !LOCKED_KINDS.has(node.kind)) return ok({ parameters: {} });
  const action = node.prepare({});
  return action.ok ? ok({ parameters: action.value.spec.environment }) : action;
}

/** Only indexes that the lock has. */
function indexesOf({ nodes }: Graph, repositories: ReadonlySet<string>): readonly FetchedFile[] {
  return [...repositories].sort().flatMap(path => {
    const label = indexLabel(path);
    const node = nodes.get(label);
    const asked = node === undefined ? undefined : asks(node);
    if (asked?.ok !== true) return [];
    return [{ label, output: 'index', path: indexPath(path), size: Number(parameterOf(asked.value, 'SIZE')) }];
  });
}
