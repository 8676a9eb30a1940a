/** `aib doctor`: gives the check its view of this machine. */
import { probeAccelerator } from '../../qemu/accelerator.ts';
import { checkMachine } from '../session/machine-check.ts';
import { workspaceOf } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export function doctorCommand(options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  return checkMachine({
    write: text => process.stdout.write(text),
    cacheFolder: workspace.ok ? workspace.value.cache : process.cwd(),
    probeAccelerator,
  });
}
