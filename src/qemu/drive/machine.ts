/**
 * The virtual machine of each architecture, for builds, boots and consoles, with the hosts that can run it with KVM. Accelerator,
 * processors and memory never affect the result. Changing a line of a machine rebuilds its disks.
 */

/** The machine in an action. */
export interface Machine {
  /** Alpine's name of the architecture. */
  readonly arch: string;
  /** The emulator's program name, found on the worker's PATH. */
  readonly qemu: string;
  /** With a version, so that every QEMU that supports it has the same devices. */
  readonly machine: string;
  /** A named model, because features of the processor affect the image. */
  readonly cpu: string;
  /** The kernel's name of the first serial port. */
  readonly console: string;
  /** The kernel's name of the port for reports of the guest program: a second serial port if there is one, otherwise a virtio port. */
  readonly resultPort: string;
}

export interface MachineModel extends Machine {
  /** The file that UEFI boots from removable media. */
  readonly efiName: string;
  readonly grub: { readonly uefi: string; readonly bios?: string };
  /** The name of the instruction set in Remote Execution. */
  readonly isa: string;
}

export const MACHINES: Readonly<Record<string, MachineModel>> = {
  x86_64: {
    arch: 'x86_64',
    qemu: 'qemu-system-x86_64',
    // The oldest QEMU in current distributions supports this version, and every newer one has the same devices for it.
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
    // It has one serial port, so this is the first port of the first virtio device.
    resultPort: 'vport0p1',
    efiName: 'BOOTAA64.EFI',
    grub: { uefi: 'arm64-efi' },
    isa: 'aarch64',
  },
};

/** The resources of a machine, from its runner. */
export interface Granted {
  readonly accelerator: 'kvm' | 'tcg';
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** The host that runs an architecture with KVM, in Node's words, and the processor model for it. */
const KVM: Readonly<Record<string, { readonly host: NodeJS.Architecture; readonly cpu?: string }>> = {
  x86_64: { host: 'x64' },
  // There KVM knows no other processor than the host's.
  aarch64: { host: 'arm64', cpu: 'host' },
};

/** Whether KVM of a host can run the architecture; a probe determines whether it works. */
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
 * All processors of an emulated machine on one thread. With one thread each, a processor can hit a temporary breakpoint that another sets
 * while it patches kernel code, and the kernel panics (seen with QEMU 7.2, once in about a hundred boots).
 */
export const EMULATED = 'tcg,thread=single';

/** The result port on a descriptor; it is a socket, because Node's pipes are sockets. */
export function resultPortArguments({ resultPort }: Machine, descriptor: number): readonly string[] {
  const port = ['-chardev', `socket,id=result,fd=${descriptor}`];
  if (!resultPort.startsWith('vport')) return [...port, '-serial', 'chardev:result'];
  return [...port, '-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=result'];
}

/** Sends all serial ports that an image may use as its console to standard output. */
export function consoleArguments({ arch }: Pick<Machine, 'arch'>): readonly string[] {
  const words = ['-chardev', 'stdio,id=console,signal=off,mux=on', '-serial', 'chardev:console'];
  // Amazon's machines have a PC UART there, which their images use.
  return arch === 'aarch64' ? [...words, '-device', 'pci-serial,chardev=console'] : words;
}

/**
 * A terminal on the serial port in the kernel options of an image, such as `ttyS0`: keys go to only one port. Ctrl-A is for QEMU's
 * commands.
 */
export function terminalArguments({ console }: Pick<Machine, 'console'>, named = console): readonly string[] {
  const port = ['-display', 'none', '-chardev', 'stdio,id=console,signal=off,mux=on', '-mon', 'chardev=console'];
  if (named === console) return [...port, '-serial', 'chardev:console'];
  return [...port, '-serial', 'null', '-device', 'pci-serial,chardev=console'];
}

/** A network card without its network boot ROM, which is not used and not part of every QEMU. */
export function networkArguments(restrict: boolean): readonly string[] {
  const user = `user,id=net${restrict ? ',restrict=on' : ''}`;
  return ['-netdev', user, '-device', 'virtio-net-pci,netdev=net,romfile='];
}

/** Read-only code, and writable variables. */
export function firmwareArguments(code: string, vars: string): readonly string[] {
  const drive = (unit: number, more: string) => ['-drive', `if=pflash,format=raw,unit=${unit},${more}`];
  return [...drive(0, `readonly=on,file=${code}`), ...drive(1, `file=${vars}`)];
}
