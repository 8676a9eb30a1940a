/**
 * Determines the revision of an image: the `0` in `alpine-3.22.1-…-r0`. All destinations are checked, so that all get the same revision. It
 * is part of names, links and tags, but never of a digest: another revision of the same content is the same object.
 */
import type { Sha256 } from '../store/content/digest.ts';
import { fail, ok, type Result } from '../util/result.ts';

/** An image with the same name, except for the revision, at one destination. */
export interface Located {
  readonly revision: number;
  /** Whether others may use it: then it must not change. */
  readonly published: boolean;
  /** The digest of the raw disk. */
  readonly content: Sha256;
}

export interface WantedRevision {
  readonly content: Sha256;
  /** Whether a new revision of a published image may be created. */
  readonly revise: boolean;
}

/** The highest existing revision; or the next one, if that is published with different content and may be revised. */
export function revisionOf(answers: Iterable<Located>, { content, revise }: WantedRevision): Result<number> {
  let highest = 0;
  let isTaken = false;
  for (const { revision, published, content: found } of answers) {
    if (revision < highest) continue;
    if (revision > highest) isTaken = false;
    highest = revision;
    isTaken ||= published && found !== content;
  }
  if (!isTaken) return ok(highest);
  if (revise) return ok(highest + 1);
  return fail({
    code: 'AIB_PUBLISHED',
    what: `Revision ${highest} is already published with different content`,
  });
}
