/**
 * Reads and validates the configuration, and resolves it with the known releases. Never reads a mirror or the clock: the caller passes the
 * releases, from the lock or from a file.
 */
import type { Lock } from '../../alpine/locking/lock.ts';
import { latestRelease, type Releases } from '../../alpine/locking/releases.ts';
import { type ImageConfig, type ReleaseFacts, readImage } from '../../config/image/image-config.ts';
import { missingSettings } from '../../config/image/needed-settings.ts';
import { checkTree } from '../../config/tree/check-tree.ts';
import { allOf, type Complaint } from '../../config/tree/complaint.ts';
import { type ConfigTree, loadTree, type TreeOptions } from '../../config/tree/config-tree.ts';
import { type NamedVariant, nameVariants } from '../../config/tree/label.ts';
import type { ConfigLayer } from '../../config/tree/layers.ts';
import { type Dimension, resolveMatrix } from '../../config/tree/variants.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { SHARED_WORDS } from '../kind.ts';

export interface Configuration {
  readonly tree: ConfigTree;
  readonly dimensions: readonly Dimension[];
  /** The variants of every configured version. */
  readonly variants: readonly NamedVariant[];
  /** Faults that do not stop a build. */
  readonly warnings: readonly Failure[];
}

export function readConfiguration(layers: readonly ConfigLayer[], options: TreeOptions = {}): Result<Configuration> {
  const tree = loadTree(layers, options);
  if (!tree.ok) return tree;
  const complaints = checkTree(tree.value, SHARED_WORDS);
  const errors = allOf(complaints.flatMap(({ failure, severity }) => (severity === 'error' ? [failure] : [])));
  if (errors !== undefined) return fail(errors);
  const matrix = resolveMatrix(tree.value.root, tree.value.over);
  if (!matrix.ok) return matrix;
  return ok({
    tree: tree.value,
    dimensions: matrix.value.dimensions,
    variants: nameVariants(matrix.value),
    warnings: complaints.map(({ failure }: Complaint) => failure),
  });
}

/** The known releases of Alpine, and their date. */
export interface KnownReleases {
  /** By version. */
  readonly facts: ReadonlyMap<string, ReleaseFacts>;
  /** The version that a label without one means. */
  readonly latest: string;
  /** YYYY-MM-DD. Versions with an earlier end of life are left out. */
  readonly asOf: string;
}

export function releasesOfLock({
  releases,
  builder,
  root,
  updated,
}: Pick<Lock, 'releases' | 'builder' | 'root' | 'updated'>): KnownReleases {
  const sample = root === 'sample';
  const facts = Object.entries(releases).map(([version, { release, endOfLife, notes }]) => {
    return [version, { release, endOfLife, sample, ...(notes === undefined ? {} : { notes }) }] as const;
  });
  return { facts: new Map(facts), latest: builder, asOf: updated };
}

/**
 * The date is that of the newest release in the file, so that the same file always has the same result. It is also the release of edge, as
 * in a lock.
 */
export function releasesOfFile(releases: Releases, versions: readonly string[]): KnownReleases {
  const dates = releases.branches.flatMap(branch => branch.releases.map(({ date }) => date));
  const asOf = dates.toSorted().at(-1) ?? '';
  const facts = new Map<string, ReleaseFacts>();
  for (const branch of releases.branches) {
    if (!versions.includes(branch.name) || (branch.endOfLife ?? asOf) < asOf) continue;
    const release = latestRelease(branch);
    const { endOfLife = '' } = branch;
    if (release !== undefined) {
      const notes = release.notes === undefined ? {} : { notes: release.notes };
      facts.set(branch.name, { release: release.version, endOfLife, sample: false, ...notes });
    } else if (branch.name === 'edge') {
      facts.set('edge', { release: asOf.replaceAll('-', ''), endOfLife, sample: false });
    }
  }
  const { name } = releases.latestStable;
  const newest = [...facts.keys()].find(version => version !== 'edge') ?? 'edge';
  return { facts, latest: facts.has(name) ? name : newest, asOf };
}

/** The variants of known versions that are still supported, as typed values; fails with all faults at once. */
export function resolveConfigs(
  variants: readonly NamedVariant[],
  { facts, asOf }: KnownReleases,
): Result<readonly ImageConfig[]> {
  const configs: ImageConfig[] = [];
  const failures: Failure[] = [];
  for (const variant of variants) {
    const release = facts.get(variant.version);
    if (release === undefined || (variant.variant.endOfLife ?? asOf) < asOf) continue;
    const image = readImage(variant, release);
    failures.push(...image.failures);
    configs.push(image.config);
  }
  const failure = allOf([...failures, ...missingSettings(configs.map(({ variant }) => variant))]);
  return failure === undefined ? ok(configs) : fail(failure);
}
