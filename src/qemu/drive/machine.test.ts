import { describe, expect, it } from 'vitest';
import {
  consoleArguments,
  firmwareArguments,
  MACHINES,
  type Machine,
  machineArguments,
  mayUseKvm,
  resultPortArguments,
  terminalArguments,
} from './machine.ts';

const X86 = MACHINES.x86_64 ?? expect.unreachable();
const ARM: Machine = { ...X86, arch: 'aarch64', machine: 'virt-7.2', cpu: 'cortex-a57', resultPort: 'vport0p1' };
const GRANTED = { accelerator: 'kvm', cpus: 2, memoryMiB: 512 } as const;

/** Accelerator and processor. */
function runs(machine: Machine, accelerator: 'kvm' | 'tcg', host: string): string {
  const words = machineArguments(machine, { ...GRANTED, accelerator }, host);
  return [words[words.indexOf('-accel') + 1], words[words.indexOf('-cpu') + 1]].join(' ');
}

describe('a machine', () => {
  it.each<[string, Machine, 'kvm' | 'tcg', string, string]>([
    ['on a host of its own sort', X86, 'kvm', 'x64', 'kvm qemu64'],
    ['on a host of another sort', X86, 'kvm', 'arm64', 'tcg,thread=single qemu64'],
    ['where KVM does not work', X86, 'tcg', 'x64', 'tcg,thread=single qemu64'],
    ['whose KVM knows only its own processor', ARM, 'kvm', 'arm64', 'kvm host'],
    ['that is emulated', ARM, 'kvm', 'x64', 'tcg,thread=single cortex-a57'],
    ['of a sort that nothing is known of', { ...X86, arch: 'riscv64' }, 'kvm', 'riscv64', 'tcg,thread=single qemu64'],
  ])('%s', (_, machine, accelerator, host, expected) => {
    expect(runs(machine, accelerator, host)).toBe(expected);
  });

  it('has what it was granted, and no devices that nobody named', () => {
    expect(machineArguments(X86, GRANTED, 'x64')).toEqual([
      ...['-nodefaults', '-no-user-config', '-machine', 'pc-q35-7.2', '-accel', 'kvm', '-cpu', 'qemu64'],
      ...['-smp', '2', '-m', '512'],
    ]);
  });

  it('reports over its second serial port, or over a virtio port where it has none', () => {
    expect(resultPortArguments(X86, 3)).toEqual(['-chardev', 'socket,id=result,fd=3', '-serial', 'chardev:result']);
    const virtio = ['-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=result'];
    expect(resultPortArguments(ARM, 3)).toEqual(['-chardev', 'socket,id=result,fd=3', ...virtio]);
  });

  it('has its terminal on the serial port that the image names', () => {
    const [own, named, other] = [undefined, 'ttyAMA0', 'ttyS0'].map(name => {
      return terminalArguments({ console: 'ttyAMA0' }, name).join(' ');
    });
    expect(own).toMatch(/-mon chardev=console -serial chardev:console$/);
    expect(named).toBe(own);
    expect(other).toMatch(/-mon chardev=console -serial null -device pci-serial,chardev=console$/);
  });

  it('says on standard output what an image says on any of its ports', () => {
    const one = '-chardev stdio,id=console,signal=off,mux=on -serial chardev:console';
    expect(consoleArguments(X86).join(' ')).toBe(one);
    expect(consoleArguments(ARM).join(' ')).toBe(`${one} -device pci-serial,chardev=console`);
  });

  it('reads its firmware, and writes only variables', () => {
    expect(firmwareArguments('code', 'vars').join(' ')).toBe(
      '-drive if=pflash,format=raw,unit=0,readonly=on,file=code -drive if=pflash,format=raw,unit=1,file=vars',
    );
  });
});

it('KVM of a host runs only its own sort', () => {
  expect([mayUseKvm('x86_64', 'x64'), mayUseKvm('aarch64', 'x64'), mayUseKvm('x', 'x')]).toEqual([true, false, false]);
});
