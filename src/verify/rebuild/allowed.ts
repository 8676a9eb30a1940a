/**
 * Differences that a project allows, each with a reason: files that its own scripts write differently each time. Never allows differences
 * outside of files, such as in boot code, or in files that are not listed.
 *
 *     # what                  why it is allowed
 *     /etc/vendor/build-id    contains the name of our builder, and nothing reads it
 *     /var/log/*              logs of the first start, which cleanup will remove later
 */
import { fail, ok, type Result } from '../../util/result.ts';
import { holdsFiles, isOfTable } from '../diff/verdict.ts';
import type { Explanation } from './output-difference.ts';

export interface Allowed {
  readonly path: string;
  readonly reason: string;
  readonly matches: (path: string) => boolean;
}

/** A fault is a sentence without its full stop. */
export function readAllowed(text: string): Result<readonly Allowed[], string> {
  const allowed: Allowed[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, path, reason] = /^\s*(\/\S+)\s+(\S.*)$/.exec(line) ?? [];
    if (path === undefined || reason === undefined)
      return fail(`Line ${index + 1} must be a path that starts with /, and a reason`);
    allowed.push({ path, reason: reason.trim(), matches: matcher(path) });
  }
  return ok(allowed);
}

/** A `*` matches any text within one folder. */
function matcher(path: string): (path: string) => boolean {
  const parts = path.split('*').map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('[^/]*')}$`);
  return each => pattern.test(each);
}

/** The allowed differences; undefined if there is any other difference. */
export function allowedIn(explanation: Explanation, allowed: readonly Allowed[]): readonly Allowed[] | undefined {
  if (explanation.type !== 'disk') return undefined;
  const { sizes, table, outside, partitions } = explanation.difference;
  if (sizes[0] !== sizes[1] || table.length > 0 || !outside.every(isOfTable)) return undefined;
  const found = new Set<Allowed>();
  for (const { kind, files } of partitions) {
    if (!holdsFiles(kind) || files.length === 0) return undefined;
    for (const { path } of files) {
      const one = allowed.find(({ matches }) => matches(path));
      if (one === undefined) return undefined;
      found.add(one);
    }
  }
  return found.size === 0 ? undefined : [...found];
}
