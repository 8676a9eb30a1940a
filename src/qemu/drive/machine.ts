/**
 * The virtual machine of each architecture, once: what disks and boots are told in their keys, what a console runs on, whose KVM may run it. What
 * it is told by whoever runs it (accelerator, processors, memory) never shows in what comes out. Changing a line of a machine rebuilds its disks.
 */

/** As an action tells it. */
export interface Machine {
  /** As Alpine calls the architecture. */
  readonly arch: string;
  /** The emulator's program name, found on the worker's PATH. */
  readonly qemu: string;
  /** With its version, so that every QEMU that knows it shows the same devices. */
  readonly machine: string;
  /** One named model: device numbers and features of the processor reach the image through it. */
  readonly cpu: string;
  /** The first serial port, as its kernel calls it. */
  readonly console: string;
  /** The port that the guest program reports over, as its kernel calls it: a second serial port where there is one, else a virtio port. */
  readonly resultPort: string;
}

export interface MachineModel extends Machine {
  /** Where UEFI looks for a boot loader on removable media. */
  readonly efiName: string;
  readonly grub: { readonly uefi: string; readonly bios?: string };
  /** Remote Execution's word for the instruction set. */
  readonly isa: string;
}

export const MACHINES: Readonly<Record<string, MachineModel>> = {
  x86_64: {
    arch: 'x86_64',
    qemu: 'qemu-system-x86_64',
    // The oldest of the QEMUs that distributions still carry knows this version, and every newer one shows the same devices for it.
    machine: 'pc-q35-7.2',
    cpu: 'qemu64',
    console: 'ttyS0',
    resultPort: 'ttyS1',
    efiName: 'BOOTX64.EFI',
    grub: { uefi: 'x86_64-efi', bios: 'i386-pc' },
    isa: 'x86-64',
  },
  aarch64: {
    arch: 'aarch64',
    qemu: 'qemu-system-aarch64',
    machine: 'virt-7.2',
    cpu: 'cortex-a57',
    console: 'ttyAMA0',
    // It has one serial port. The first port of the first virtio device.
    resultPort: 'vport0p1',
    efiName: 'BOOTAA64.EFI',
    grub: { uefi: 'arm64-efi' },
    isa: 'aarch64',
  },
};

/** What whoever runs a machine grants it. */
export interface Granted {
  readonly accelerator: 'kvm' | 'tcg';
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** Whose KVM runs an architecture, in Node's words, and what the machine needs to be told then. */
const KVM: Readonly<Record<string, { readonly host: NodeJS.Architecture; readonly cpu?: string }>> = {
  x86_64: { host: 'x64' },
  // There KVM knows no other processor than the host's.
  aarch64: { host: 'arm64', cpu: 'host' },
};

/** Whether KVM of a host can run it at all; whether it works there is for a probe to say. */
export function mayUseKvm(arch: string, host: string = process.arch): boolean {
  return KVM[arch]?.host === host;
}

export function machineArguments(machine: Machine, granted: Granted, host: string = process.arch): readonly string[] {
  const isKvm = granted.accelerator === 'kvm' && mayUseKvm(machine.arch, host);
  const cpu = isKvm ? (KVM[machine.arch]?.cpu ?? machine.cpu) : machine.cpu;
  return [
    ...['-nodefaults', '-no-user-config', '-machine', machine.machine],
    ...['-accel', isKvm ? 'kvm' : EMULATED, '-cpu', cpu],
    ...['-smp', String(granted.cpus), '-m', String(granted.memoryMiB)],
  ];
}

/**
 * All processors of an emulated machine on one thread. With a thread each, one was seen to run into the breakpoint that another had put into the
 * kernel for a moment while it patched code (QEMU 7.2, once in some hundred boots): the kernel panics.
 */
export const EMULATED = 'tcg,thread=single';

/** The result port, over a descriptor that is a socket, as Node makes its pipes. */
export function resultPortArguments({ resultPort }: Machine, descriptor: number): readonly string[] {
  const port = ['-chardev', `socket,id=result,fd=${descriptor}`];
  if (!resultPort.startsWith('vport')) return [...port, '-serial', 'chardev:result'];
  return [...port, '-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=result'];
}

/** What an image says on any serial port that it may take for its console, on standard output. */
export function consoleArguments({ arch }: Pick<Machine, 'arch'>): readonly string[] {
  const words = ['-chardev', 'stdio,id=console,signal=off,mux=on', '-serial', 'chardev:console'];
  // Amazon's machines have a UART of PCs there, which their images name.
  return arch === 'aarch64' ? [...words, '-device', 'pci-serial,chardev=console'] : words;
}

/**
 * A terminal on the serial port that an image's kernel is told to use, `ttyS0`: keys go to one port only. Ctrl-A leads to QEMU.
 */
export function terminalArguments({ console }: Pick<Machine, 'console'>, named = console): readonly string[] {
  const port = ['-display', 'none', '-chardev', 'stdio,id=console,signal=off,mux=on', '-mon', 'chardev=console'];
  if (named === console) return [...port, '-serial', 'chardev:console'];
  return [...port, '-serial', 'null', '-device', 'pci-serial,chardev=console'];
}

/** A network card without the program that boots over it: nobody does, and not every QEMU comes with it. */
export function networkArguments(restrict: boolean): readonly string[] {
  const user = `user,id=net${restrict ? ',restrict=on' : ''}`;
  return ['-netdev', user, '-device', 'virtio-net-pci,netdev=net,romfile='];
}

/** Code to read and variables of its own to write. */
export function firmwareArguments(code: string, vars: string): readonly string[] {
  const drive = (unit: number, more: string) => ['-drive', `if=pflash,format=raw,unit=${unit},${more}`];
  return [...drive(0, `readonly=on,file=${code}`), ...drive(1, `file=${vars}`)];
}
