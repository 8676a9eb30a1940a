/**
 * The configuration, read and validated, and what it comes to with the releases that are known. Never asks a mirror and never reads the clock:
 * whoever calls brings the releases, from the lock or from a file.
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
  /** Of every version that the configuration speaks of. */
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

/** What is known of Alpine's releases, and as of when. */
export interface KnownReleases {
  /** By version. */
  readonly facts: ReadonlyMap<string, ReleaseFacts>;
  /** The version that a label without one means. */
  readonly latest: string;
  /** YYYY-MM-DD. What has an end of life before it is left out. */
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
 * The file is taken as of its newest release, so that the same file always means the same. That day is also edge's release, as it is when a
 * lock is made.
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

/** The variants of known versions that have not come to their end, as typed values; all faults at once. */
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
