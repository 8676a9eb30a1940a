/** Notices that a build prints once, which require no action of the user. Decides nothing. */
import type { Selected } from '../../config/tree/label.ts';
import type { Emit } from '../../engine/model/events.ts';
import type { Accelerator } from '../../qemu/accelerator.ts';
import { mayUseKvm } from '../../qemu/drive/machine.ts';
import { runsMachine } from '../../rules/kinds/kind-table.ts';
import { variantOf } from '../../rules/labels.ts';
import type { Project } from '../../rules/project/project.ts';
import { notice } from './messages.ts';

/** Prints a notice before the first emulated machine runs: either all machines are emulated, or those of another architecture. */
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
        say(`this machine cannot run ${arch} natively: emulating, which is several times slower`);
    }
    emit(event);
  };
}

/** The lock decides what is built; the date here only decides whether the notice is printed. */
export function warnAboutAge(project: Project, selected: readonly Selected[]): void {
  const today = new Date().toISOString().slice(0, 10);
  for (const version of new Set(selected.map(({ variant }) => variant.version))) {
    const endOfLife = project.lock.releases[version]?.endOfLife;
    if (endOfLife === undefined || endOfLife === '' || endOfLife >= today) continue;
    notice(`${version} reached its end of life on ${endOfLife}: the next aib update removes it`);
  }
}

export function warnAboutBootloaders(project: Project): void {
  const mapped = project.configs.filter(config => config.mappedBootloader !== undefined);
  const names = new Set(mapped.map(config => config.mappedBootloader));
  if (names.size > 0)
    notice(`\`bootloader = ${[...names].join(', ')}\` in ${mapped.length} variants: aib installs GRUB instead`);
}
