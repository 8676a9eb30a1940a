/** `aib update [VERSION|PACKAGE…]`: writes a new lock, and prints the changes: releases, and packages by image. */

import { lockTextLines } from '../../report/tables/lock-lines.ts';
import { lockChanges } from '../../rules/project/lock-changes.ts';
import { ok } from '../../util/result.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { withSession } from '../session/session.ts';
import { tellUnsolved } from '../session/tell-unsolved.ts';
import { updateLockOf } from '../session/update-lock.ts';
import type { Options } from '../words/options.ts';

export function updateCommand(words: readonly string[], options: Options): Promise<number> {
  const { dryRun = false, markdown = false } = options;
  return withSession(options, interruption(), async session => {
    const updated = await updateLockOf(session, { dryRun, words });
    if (!updated.ok) return updated;
    const { project, unsolved } = updated.value;
    const { lock, lockInFile, lockPath, configs } = project;
    const difference = {
      ...{ before: lockInFile, after: lock, ...lockChanges(lockInFile, lock, configs) },
      isPartial: unsolved.length > 0,
    };
    const end = markdown ? [] : [dryRun ? 'nothing is written, because of --dry-run' : `locked in ${lockPath}`];
    await printLines([...lockTextLines(difference, markdown ? 'markdown' : 'text'), ...end]);
    tellUnsolved(unsolved);
    return ok(unsolved.length === 0 ? EXIT.done : EXIT.failed);
  });
}
