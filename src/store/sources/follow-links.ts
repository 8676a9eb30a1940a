/** Follows symbolic links and records each of them, so that a later change of a link is detected. Never reads the target. */
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { ABSENT, type StatTuple, tupleOf } from '../content/stat-tuple.ts';

/** The limit of the kernel; a cycle of links then fails as in other programs. */
const MAX_LINKS = 40;

/**
 * The path and each place that a link leads to, with their tuples; the last one is the target, and may be absent. Targets are never
 * normalized: `a/../b` is not `b` if `a` is a link, and a path through a folder reveals that the folder has been replaced.
 */
export function followLinks(path: string): ReadonlyMap<string, StatTuple> {
  const steps = new Map<string, StatTuple>();
  let place = path;
  for (let links = 0; ; links += 1) {
    const stats = lstatSync(place, { bigint: true, throwIfNoEntry: false });
    steps.set(place, stats === undefined ? ABSENT : tupleOf(stats));
    if (stats?.isSymbolicLink() !== true || links === MAX_LINKS) return steps;
    const target = readlinkSync(place);
    place = isAbsolute(target) ? target : `${dirname(place)}/${target}`;
  }
}
