/**
 * The age of a package index, as far as it is known: an old index has a valid signature, too, so a mirror can withhold fixes by serving it.
 * Two indexes of one place are compared; a single index is only reported if edge, which changes every day, has not changed for long.
 */

import type { SignedIndex } from './verify.ts';
import { compareVersions } from './version.ts';

export interface IndexAge {
  /** Alpine's description of an index, `v3.20.3-14-g5a1b2c3`: last release and number of changes since. Undefined for other texts. */
  readonly description?: string;
  /** Build time of the newest package, in seconds since the epoch. Undefined if no package has one. */
  readonly built?: number;
}

export function indexAge({ text, description }: Pick<SignedIndex, 'text' | 'description'>): IndexAge {
  let built = 0;
  for (const [, time] of text.matchAll(/^t:(\d{1,12})$/gm)) built = Math.max(built, Number(time));
  return {
    ...(placeInHistory(description) === undefined ? {} : { description }),
    ...(built === 0 ? {} : { built }),
  };
}

/** In words, in which way `now` is older than `before`; undefined if it is not older, or if the two cannot be compared. */
export function howOlder(now: IndexAge, before: IndexAge): string | undefined {
  const [place, known] = [placeInHistory(now.description), placeInHistory(before.description)];
  if (place !== undefined && known !== undefined) {
    const order = compareVersions(place.release, known.release) || place.changes - known.changes;
    if (order < 0) return `${now.description}, the lock has ${before.description}`;
    if (order > 0) return undefined;
  }
  if (now.built === undefined || before.built === undefined || now.built >= before.built) return undefined;
  return `its newest package is from ${dayOf(now.built)}, the lock has an index with one from ${dayOf(before.built)}`;
}

/** Days. Alpine's edge has new packages every day. */
const STANDS_STILL = 90;

/** A warning for an index of edge without new packages for long. Stable branches and foreign repositories may be quiet. */
export function standsStill(path: string, { built }: IndexAge, today: string): string | undefined {
  if (!path.startsWith('edge/') || built === undefined) return undefined;
  const days = Math.floor((Date.parse(today) / 1000 - built) / 86_400);
  if (days <= STANDS_STILL) return undefined;
  return `${path}: its newest package is from ${dayOf(built)}; the mirror is outdated, or it withholds newer packages`;
}

interface Place {
  readonly release: string;
  readonly changes: number;
}

/** From the output of `git describe`; edge counts from a date: `v20240807-1203-g5a1b2c3`. */
function placeInHistory(description = ''): Place | undefined {
  const [, release, changes = '0'] =
    /^v(\d+(?:\.\d+)*(?:_[a-z]+\d*)?)(?:-(\d{1,9})-g[0-9a-f]+)?$/.exec(description) ?? [];
  return release === undefined ? undefined : { release, changes: Number(changes) };
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
