/**
 * Determines whether KVM works by starting a test machine: a `/dev/kvm` that opens, or even runs real-mode code, can still hang with the
 * first kernel. Runs once per boot of the host; never trusts the presence of the file.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeCache } from '../util/files/home-cache.ts';
import { makeFolder } from '../util/files/make-folder.ts';
import { deathWatch } from '../util/process/death-watch.ts';
import { guardProcess } from '../util/process/process-group.ts';

export interface Accelerator {
  readonly accelerator: 'kvm' | 'tcg';
  /** For users, if it is not KVM. */
  readonly reason: string;
}

/** The test of KVM for one architecture of the host. */
interface Trial {
  readonly qemu: string;
  readonly machine: string;
  readonly cpu: string;
  readonly firmware: () => Buffer;
  readonly devices: readonly string[];
  /** QEMU's exit status if the firmware ran to its end. */
  readonly works: number;
}

/** By Node's name of the host's architecture. */
export const TRIALS: Readonly<Record<string, Trial>> = {
  x64: {
    qemu: 'qemu-system-x86_64',
    machine: 'pc',
    cpu: 'qemu64',
    firmware: probeFirmware,
    devices: ['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'],
    // isa-debug-exit with the byte 0x10: (0x10 << 1) | 1.
    works: 33,
  },
  arm64: {
    qemu: 'qemu-system-aarch64',
    machine: 'virt',
    cpu: 'host',
    firmware: probeFirmwareArm,
    devices: [],
    works: 0,
  },
};
const LIMIT_MS = 2_000;

export async function probeAccelerator(host: string = process.arch): Promise<Accelerator> {
  const trial = TRIALS[host];
  if (trial === undefined)
    return {
      accelerator: 'tcg',
      reason: `KVM is not supported on ${host}; using emulation, which is several times slower`,
    };
  if (!existsSync('/dev/kvm'))
    return {
      accelerator: 'tcg',
      reason: 'this machine has no /dev/kvm; using emulation, which is several times slower',
    };
  const note = join(homeCache(), 'accelerator.json');
  const tried = `${bootId()} ${trial.cpu}`;
  const known = readNote(note, tried);
  if (known !== undefined) return known;
  const works = await probeKvm(trial);
  const found: Accelerator = works
    ? { accelerator: 'kvm', reason: '' }
    : {
        accelerator: 'tcg',
        reason: '/dev/kvm exists, but a test machine did not run on it; using emulation, which is several times slower',
      };
  try {
    makeFolder(join(note, '..'));
    writeFileSync(note, JSON.stringify({ host: tried, ...found }));
  } catch {
    // With a read-only home, the test runs each time; builds still work.
  }
  return found;
}

function readNote(path: string, host: string): Accelerator | undefined {
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as Accelerator & { host: string };
    return note.host === host ? { accelerator: note.accelerator, reason: note.reason } : undefined;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/** The arguments that run the firmware of a trial, on KVM or, to test the firmware, emulated. */
export function trialArguments({ machine, cpu, devices }: Trial, firmware: string, accelerator: 'kvm' | 'tcg') {
  return [
    ...['-nodefaults', '-no-user-config', '-machine', `${machine},accel=${accelerator}`, '-cpu', cpu, '-m', '16'],
    ...['-display', 'none', '-nic', 'none', '-bios', firmware, ...devices],
  ];
}

function probeKvm(trial: Trial): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'aib-kvm-'));
  const bios = join(folder, 'probe.bin');
  writeFileSync(bios, trial.firmware());
  const words = trialArguments(trial, bios, 'kvm');
  return new Promise(resolve => {
    const [program = '', ...rest] = [...deathWatch(process.env.PATH ?? ''), trial.qemu, ...words];
    const child = execFile(program, rest, { timeout: LIMIT_MS, killSignal: 'SIGKILL' }, error => {
      guard?.done();
      rmSync(folder, { recursive: true, force: true });
      resolve((error === null ? 0 : error.code) === trial.works);
    });
    // On a broken KVM it would never end.
    const guard = child.pid === undefined ? undefined : guardProcess(child.pid);
  });
}

/**
 * A firmware of 64 KiB, mapped at 0xF0000 and below 4 GiB, that does what every kernel does first and a broken KVM cannot: protected mode,
 * paging, cpuid; then it writes 0x10 to the debug port, which ends QEMU.
 *
 *     FFF0  reset vector: jump to E000
 *     E000  16 bit: load the GDT, set PE, far jump to F:E040
 *     E040  32 bit: one 4 MiB page that maps the lowest memory to itself, set PSE and PG, cpuid, out
 *     E0F0  GDT pointer      E100  GDT: null, flat code, flat data
 */
function probeFirmware(): Buffer {
  const rom = Buffer.alloc(0x1_0000);
  const segment = 0xf_0000;
  rom.set([0xe9], 0xfff0);
  rom.writeInt16LE(0xe000 - 0xfff3, 0xfff1);

  const enter = [0xfa, 0x2e, 0x66, 0x0f, 0x01, 0x16, 0xf0, 0xe0]; // cli; lgdt cs:[E0F0]
  enter.push(0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0); // cr0 |= PE
  enter.push(0x66, 0xea, ...u32(segment + 0xe040), 0x08, 0x00); // jump 08:FE040
  rom.set(enter, 0xe000);

  const page = [0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8]; // ds = flat data
  page.push(0xc7, 0x05, ...u32(0x1000), ...u32(0x83)); // page directory: 4 MiB, present, writable
  page.push(0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x10, 0x0f, 0x22, 0xe0); // cr4 |= PSE
  page.push(0xb8, ...u32(0x1000), 0x0f, 0x22, 0xd8); // cr3 = 0x1000
  page.push(0x0f, 0x20, 0xc0, 0x0d, ...u32(0x8000_0000), 0x0f, 0x22, 0xc0); // cr0 |= PG
  page.push(0x31, 0xc0, 0x0f, 0xa2, 0xb0, 0x10, 0xe6, 0xf4, 0xf4); // cpuid 0; out F4, 10; hlt
  rom.set(page, 0xe040);

  rom.writeUInt16LE(23, 0xe0f0);
  rom.writeUInt32LE(segment + 0xe100, 0xe0f2);
  rom.writeBigUInt64LE(0x00cf_9a00_0000_ffffn, 0xe108);
  rom.writeBigUInt64LE(0x00cf_9200_0000_ffffn, 0xe110);
  return rom;
}

/** Four instructions at the reset vector: power the machine off through the firmware's interface (PSCI), which ends QEMU with status 0. */
function probeFirmwareArm(): Buffer {
  const [low, high, call, stay] = [0x5280_0100, 0x72b0_8000, 0xd400_0002, 0x1400_0000]; // movz, movk: w0 = 0x84000008; hvc; b .
  return Buffer.from([low, high, call, stay].flatMap(u32));
}

function u32(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}
