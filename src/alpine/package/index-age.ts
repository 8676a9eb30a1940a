/**
 * From when an index is, as far as it says so: an old one is as well signed as a new one, and whoever serves it holds back what was mended since.
 * Told from two indexes of one place; of one alone nothing can be said, but that a branch which always moves has stood still.
 */

import type { SignedIndex } from './verify.ts';
import { compareVersions } from './version.ts';

export interface IndexAge {
  /** What Alpine describes its indexes with, `v3.20.3-14-g5a1b2c3`: the last release and how many changes came after it. Undefined for other words. */
  readonly description?: string;
  /** When the newest of its packages was built, in seconds since the epoch. Undefined if none says. */
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

/** In words what `now` has that is older than what `before` had; undefined if it is not older, or if nothing can be compared. */
export function howOlder(now: IndexAge, before: IndexAge): string | undefined {
  const [place, known] = [placeInHistory(now.description), placeInHistory(before.description)];
  if (place !== undefined && known !== undefined) {
    const order = compareVersions(place.release, known.release) || place.changes - known.changes;
    if (order < 0) return `${now.description}, the lock has ${before.description}`;
    if (order > 0) return undefined;
  }
  if (now.built === undefined || before.built === undefined || now.built >= before.built) return undefined;
  return `its newest package is of ${dayOf(now.built)}, the lock has an index with one of ${dayOf(before.built)}`;
}

/** Days. Alpine's edge has new packages every day. */
const STANDS_STILL = 90;

/** A line on an index of edge that has long had nothing new. A stable branch may be quiet, and of a foreign repository nobody knows. */
export function standsStill(path: string, { built }: IndexAge, today: string): string | undefined {
  if (!path.startsWith('edge/') || built === undefined) return undefined;
  const days = Math.floor((Date.parse(today) / 1000 - built) / 86_400);
  if (days <= STANDS_STILL) return undefined;
  return `${path}: its newest package is of ${dayOf(built)}; either the mirror stands still, or somebody holds back what came after it`;
}

interface Place {
  readonly release: string;
  readonly changes: number;
}

/** By `git describe`; edge counts from a day: `v20240807-1203-g5a1b2c3`. */
function placeInHistory(description = ''): Place | undefined {
  const [, release, changes = '0'] =
    /^v(\d+(?:\.\d+)*(?:_[a-z]+\d*)?)(?:-(\d{1,9})-g[0-9a-f]+)?$/.exec(description) ?? [];
  return release === undefined ? undefined : { release, changes: Number(changes) };
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
