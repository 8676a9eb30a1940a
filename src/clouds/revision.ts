/**
 * Which revision of an image a build makes: the `0` in `alpine-3.22.1-…-r0`. Every destination is asked, so that all of them get the same one,
 * whoever made the last. It reaches names, links and tags, and never a digest: another revision of the same content is the same object.
 */
import type { Sha256 } from '../store/content/digest.ts';
import { fail, ok, type Result } from '../util/result.ts';

/** What stands under the name of an image, without its revision, at one destination. */
export interface Located {
  readonly revision: number;
  /** Whether others may use it: then it stays what it is. */
  readonly published: boolean;
  /** Of the raw disk. */
  readonly content: Sha256;
}

export interface WantedRevision {
  readonly content: Sha256;
  /** Whether a new revision may be made of what is published already. */
  readonly revise: boolean;
}

/** The highest revision that is found anywhere, or the one after that: if it is published with another content, and may be revised. */
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
