/** The `release` kind: what the lock says of one version. Two outputs, because the end of life must not reach a disk while the date does. */
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
      // Spelled out: the order of keys in the lock file is not that of a lock that was just made.
      const { release: name, date, endOfLife } = release;
      return ok({ facts: put({ release: name, date, endOfLife }), date: put({ release: name, date }) });
    },
  });
}

/** Seconds since 1970 at the start of the release's day. */
export function releaseEpoch(release: LockedRelease): number {
  return Date.parse(`${release.date}T00:00:00Z`) / 1_000;
}
