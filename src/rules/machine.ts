/** The virtual machine of each architecture: what is in the keys of disks and boots. Changing a line here rebuilds every disk. */
import type { ParameterTable } from './parameters.ts';

export interface MachineModel {
  /** Program name of the emulator. */
  readonly qemu: string;
  readonly machine: string;
  readonly cpu: string;
  /** Where UEFI looks for a boot loader on removable media. */
  readonly efiName: string;
  readonly grub: { readonly uefi: string; readonly bios?: string };
  /** Remote Execution's word for the instruction set. */
  readonly isa: string;
}

export const MACHINES: Readonly<Record<string, MachineModel>> = {
  x86_64: {
    qemu: 'qemu-system-x86_64',
    // The oldest of the QEMUs that distributions still carry knows this version, and every newer one shows the same devices for it.
    machine: 'pc-q35-7.2',
    cpu: 'qemu64',
    efiName: 'BOOTX64.EFI',
    grub: { uefi: 'x86_64-efi', bios: 'i386-pc' },
    isa: 'x86-64',
  },
};

/** Whatever runs QEMU is told these. */
export const MACHINE_PARAMETERS = {
  AIB_QEMU: { words: 'the emulator', value: ({ machine }) => machine.qemu },
  AIB_MACHINE: { words: 'the machine type of the build machine', value: ({ machine }) => machine.machine },
  AIB_CPU: { words: 'the processor model of the build machine', value: ({ machine }) => machine.cpu },
} satisfies ParameterTable<{ readonly machine: MachineModel }>;
