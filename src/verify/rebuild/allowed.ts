/**
 * Differences that the people of a project have allowed, each with their reason: files that their own scripts write otherwise each time. Never allows
 * what is in no file, such as boot code, nor what they did not name.
 *
 *     # what                  why that is all right
 *     /etc/vendor/build-id    says which of our builders it was, and nothing reads it
 *     /var/log/*              logs of the first start, which cleanup will remove one day
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
      return fail(`Line ${index + 1} is not a path, which begins with /, and a reason`);
    allowed.push({ path, reason: reason.trim(), matches: matcher(path) });
  }
  return ok(allowed);
}

/** A `*` stands for anything within one folder. */
function matcher(path: string): (path: string) => boolean {
  const parts = path.split('*').map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('[^/]*')}$`);
  return each => pattern.test(each);
}

/** Those that make up all that is different; undefined if anything else is. */
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
