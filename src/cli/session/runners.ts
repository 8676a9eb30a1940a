/** Who carries out the actions of a build on this machine. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import type { Resources } from '../../engine/model/action.ts';
import { builtinRunner } from '../../engine/run/builtin-runner.ts';
import { inProcessRunner } from '../../engine/run/in-process-runner.ts';
import { localRunner } from '../../engine/run/local-runner.ts';
import type { Runners } from '../../engine/run/runner.ts';
import type { Accelerator } from '../../qemu/accelerator.ts';
import { fetchPrograms } from '../../rules/programs/fetch-table.ts';
import type { Store } from '../../store/store.ts';
import { aibHome } from '../../util/home.ts';
import type { Session } from './session.ts';

/** Their processes end with the session. */
export function runnersFor(
  session: Session,
  store: Store,
  world: { readonly accelerator: Accelerator; readonly mirror: Mirror },
): Runners {
  const builtin = builtinRunner(store, { entry: builtinEntry() });
  session.onClose(builtin.close);
  return {
    command: localRunner(store, { grant: resources => workerGrant(world.accelerator, resources) }),
    builtin,
    fetch: inProcessRunner(store, fetchPrograms(world.mirror)),
  };
}

/** The program that runs builtins, beside the bundle that runs here. */
export function builtinEntry(): string {
  return join(aibHome(), 'node_modules/.aib/builtin.mjs');
}

/** QEMU's share of this machine. */
function workerGrant({ accelerator }: Accelerator, resources: Resources): Readonly<Record<string, string>> {
  return {
    AIB_WORKER_ACCELERATOR: accelerator,
    AIB_WORKER_CPU: String(Math.min(resources.vcpu ?? 2, availableParallelism())),
    // The local runner's pipe: the driver ends when aib does, however that happens.
    AIB_WORKER_STDIN: 'watch',
    AIB_WORKER_MEMORY: String(resources.memory ?? 1_024),
  };
}
