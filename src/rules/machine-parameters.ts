/** Parameters of the machine for actions that run QEMU; in the keys of disks and boots. */
import type { Machine } from '../qemu/drive/machine.ts';
import type { ParameterTable } from './parameters.ts';

export const MACHINE_PARAMETERS = {
  AIB_ARCH: { words: 'the architecture', value: ({ machine }) => machine.arch },
  AIB_QEMU: { words: 'the emulator', value: ({ machine }) => machine.qemu },
  AIB_MACHINE: { words: 'the machine type of the build machine', value: ({ machine }) => machine.machine },
  AIB_CPU: { words: 'the processor model of the build machine', value: ({ machine }) => machine.cpu },
  AIB_CONSOLE: { words: 'the serial port of the console', value: ({ machine }) => machine.console },
} satisfies ParameterTable<{ readonly machine: Machine }>;
