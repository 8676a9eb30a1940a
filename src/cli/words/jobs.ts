/** What `-j` says. Apart from what a machine has, so that a build that has nothing to do can look at it too and loads nothing for that. */
import { fail, ok, type Result } from '../../util/result.ts';

export function parseJobs(text: string | undefined): Result<number | undefined> {
  if (text === undefined) return ok(undefined);
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1) return ok(jobs);
  return fail({ code: 'AIB_USAGE', what: '--jobs must be a whole number from 1', got: text });
}
