/** The way from a name to what it means, so that a link that leads elsewhere tomorrow is noticed. Never reads what lies at its end. */
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { ABSENT, type StatTuple, tupleOf } from '../content/stat-tuple.ts';

/** As the kernel's; a ring of links then fails as it fails everywhere. */
const MAX_LINKS = 40;

/**
 * The path and each place that a link leads to, with their tuples; the last is what is meant, and may be absent. Targets are never tidied:
 * `a/../b` is not `b` where `a` is a link, and a place that is named by way of a folder tells when that folder becomes another one.
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
