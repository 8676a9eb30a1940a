/** What the user sets for a verification: the variations, and the differences that the project allows. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { type Allowed, readAllowed } from '../../verify/rebuild/allowed.ts';
import { RUNS, VARIATIONS } from '../../verify/rebuild/variations.ts';
import type { Options } from '../words/options.ts';

export function variationNames({ vary }: Options): Result<readonly string[]> {
  const known: readonly string[] = [...RUNS, ...VARIATIONS];
  const unknown = vary?.find(name => !known.includes(name));
  if (unknown === undefined) return ok(vary ?? RUNS);
  return fail({
    code: 'AIB_USAGE',
    what: 'Unknown variation',
    got: unknown,
    hint: `use ${RUNS.join(', ')}, which are groups, or single ones: ${VARIATIONS.join(', ')}`,
  });
}

const ALLOWED = 'configs/allowed-differences';

export function allowedDifferences({ folder }: Workspace): Result<readonly Allowed[]> {
  const path = join(folder, ALLOWED);
  if (!existsSync(path)) return ok([]);
  const allowed = readAllowed(readFileSync(path, 'utf8'));
  if (allowed.ok) return allowed;
  return fail({
    code: 'AIB_USAGE',
    what: allowed.error,
    where: path,
    hint: 'write for example /etc/build-id  contains the name of the builder',
  });
}
