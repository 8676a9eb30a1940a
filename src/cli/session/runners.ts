/** The runners that execute the actions of a build on this machine. */
import { join } from 'node:path';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { builtinRunner } from '../../engine/run/builtin/builtin-runner.ts';
import { inProcessRunner } from '../../engine/run/in-process-runner.ts';
import { localRunner } from '../../engine/run/local-runner.ts';
import type { Runners } from '../../engine/run/runner.ts';
import { fetchPrograms } from '../../rules/programs/fetch-table.ts';
import type { Store } from '../../store/store.ts';
import { programFolder } from '../../util/files/home.ts';
import type { Session } from './session.ts';

/** Their processes end with the session. */
export function runnersFor(session: Session, store: Store, mirror: Mirror): Runners {
  const builtin = builtinRunner(store, { entry: builtinEntry() });
  session.onClose(builtin.close);
  return {
    command: localRunner(store),
    builtin,
    fetch: inProcessRunner(store, fetchPrograms(mirror)),
  };
}

/** The program that runs builtins, next to this bundle. */
export function builtinEntry(): string {
  return join(programFolder(), 'builtin.mjs');
}
