/**
 * The `release` kind: the entry of one version in the lock. Two outputs, because disks depend on the date but must never depend on the end
 * of life.
 */
import type { LockedRelease } from '../../alpine/locking/lock.ts';
import { type Label, type LeafNode, leafNode } from '../../engine/model/graph.ts';
import { ok } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';

export const RELEASE_KIND = { shared: true, labelWords: ['version'], locked: true } satisfies SharedKind;

export function releaseNode(label: Label, release: LockedRelease): LeafNode {
  return leafNode({
    label,
    kind: 'release',
    reads: [],
    read: async intake => {
      const put = (facts: unknown) => ({ type: 'file', digest: intake.bytes(`${JSON.stringify(facts)}\n`) }) as const;
      // Explicit, because the order of keys differs between a lock from a file and a new lock.
      const { release: name, date, endOfLife } = release;
      return ok({ facts: put({ release: name, date, endOfLife }), date: put({ release: name, date }) });
    },
  });
}

/** Seconds since 1970 at the start of the release's day. */
export function releaseEpoch(release: LockedRelease): number {
  return Date.parse(`${release.date}T00:00:00Z`) / 1_000;
}
