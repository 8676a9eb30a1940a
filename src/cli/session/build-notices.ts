/** Lines that a build says once, of what the user should know and need not act on. Decides nothing. */
import type { Selected } from '../../config/tree/label.ts';
import type { Emit } from '../../engine/model/events.ts';
import type { Accelerator } from '../../qemu/accelerator.ts';
import { mayUseKvm } from '../../qemu/drive/machine.ts';
import { runsMachine } from '../../rules/kinds/kind-table.ts';
import { variantOf } from '../../rules/labels.ts';
import type { Project } from '../../rules/project/project.ts';
import { notice } from './messages.ts';

/** Says that machines are emulated when the first of them is about to run: all of them, or those of an architecture that is not this machine's. */
export function withAcceleratorNotice(
  { accelerator, reason }: Accelerator,
  { configs }: Pick<Project, 'configs'>,
  emit: Emit,
): Emit {
  const said = new Set<string>();
  const say = (line: string): void => {
    if (!said.has(line)) emit({ type: 'notice', line });
    said.add(line);
  };
  return event => {
    if (event.type === 'running' && runsMachine(event.kind)) {
      const arch = configs.find(({ variant }) => variant.name === variantOf(event.label))?.arch ?? '';
      if (accelerator !== 'kvm') say(reason);
      else if (!mayUseKvm(arch))
        say(`this machine runs no ${arch} by itself; emulating, which is several times slower`);
    }
    emit(event);
  };
}

/** The lock decides what is built; the date here only decides whether a line is said. */
export function warnAboutAge(project: Project, selected: readonly Selected[]): void {
  const today = new Date().toISOString().slice(0, 10);
  for (const version of new Set(selected.map(({ variant }) => variant.version))) {
    const endOfLife = project.lock.releases[version]?.endOfLife;
    if (endOfLife === undefined || endOfLife === '' || endOfLife >= today) continue;
    notice(`${version} has passed its end of life on ${endOfLife}; the next aib update drops it`);
  }
}

export function warnAboutBootloaders(project: Project): void {
  const mapped = project.configs.filter(config => config.mappedBootloader !== undefined);
  const names = new Set(mapped.map(config => config.mappedBootloader));
  if (names.size > 0)
    notice(`bootloader = ${[...names].join(', ')} in ${mapped.length} variants: aib installs GRUB instead`);
}
