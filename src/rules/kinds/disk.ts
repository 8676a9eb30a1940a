/** The `disk` kind, the QEMU leaf: a command action whose input root holds everything, the program that drives QEMU included. */
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { Input } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label, Outputs } from '../../engine/model/graph.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { driverCommand } from '../driver.ts';
import { identity, shortIdentity } from '../identity.ts';
import { MACHINES, type MachineModel } from '../machine.ts';

const FORMAT = '1';
/** 1 MiB: one page of Alpine's loader several times over. */
const ESP_SECTORS = 2_048;
/** Two hours: emulation on a loaded machine; each phase has a limit of its own. */
const TIMEOUT_SECONDS = 7_200;

export interface DiskOptions {
  readonly label: Label;
  readonly config: ImageConfig;
  /** Seconds since 1970: the release's date. */
  readonly epoch: number;
  readonly kernel: Edge;
  readonly initramfs: Edge;
  readonly packages: Edge;
  readonly overlay: Edge;
  /** Only its date reaches the disk. */
  readonly releaseDate: Edge;
  readonly guest: Edge;
  readonly driver: Edge;
}

export function diskNode(options: DiskOptions): ActionNode {
  const { label, config } = options;
  return {
    type: 'action',
    label,
    kind: 'disk',
    inputs: {
      kernel: options.kernel,
      initramfs: options.initramfs,
      packages: options.packages,
      'overlay.tar': options.overlay,
      guest: options.guest,
      'drive.mjs': options.driver,
      'release date': options.releaseDate,
    },
    outputs: ['disk', 'installed'],
    prepare: artifacts => {
      const machine = MACHINES[config.arch];
      if (machine === undefined)
        return fail({ code: 'AIB_ARCH', what: `Disks for ${config.arch} cannot be built yet`, where: label });
      const environment = guestEnvironment(options, machine);
      if (!environment.ok) return environment;
      return ok({
        type: 'command',
        spec: {
          arguments: driverCommand('disk'),
          environment: environment.value,
          inputs: rootInputs(artifacts),
          outputs: { disk: { type: 'file', path: 'out/disk' }, installed: { type: 'file', path: 'out/installed' } },
          platform: { OSFamily: 'linux', ISA: machine.isa, 'aib-qemu': machine.qemu },
          timeoutSeconds: TIMEOUT_SECONDS,
        },
        resources: { cpu: 1, memory: config.machine.memoryMiB, vcpu: config.machine.cpus },
      });
    },
  };
}

/** Everything that the guest program is told; only what it reads, so that a changed description builds nothing. */
function guestEnvironment(options: DiskOptions, machine: MachineModel): Result<Readonly<Record<string, string>>> {
  const { config } = options;
  const format = machine.grub[config.firmware];
  if (format === undefined)
    return fail({ code: 'AIB_NO_FIRMWARE', what: `${config.arch} has no BIOS`, where: options.label });
  const { project } = config;
  const { name } = config.variant;
  return ok({
    AIB_KIND: 'disk',
    AIB_FORMAT: FORMAT,
    AIB_QEMU: machine.qemu,
    AIB_MACHINE: machine.machine,
    AIB_CPU: machine.cpu,
    AIB_DISK_MIB: String(config.diskMiB),
    AIB_EPOCH: String(options.epoch),
    AIB_FIRMWARE: config.firmware,
    AIB_SCRIPTS: config.scripts.join(' '),
    AIB_KERNEL_MODULES: config.kernelModules.join(','),
    AIB_KERNEL_OPTIONS: config.kernelOptions.join(' '),
    AIB_INITFS_FEATURES: config.initfsFeatures.join(' '),
    AIB_ROOT_UUID: identity(project, name, 'root filesystem'),
    AIB_HASH_SEED: identity(project, name, 'hash seed'),
    AIB_DISK_ID:
      config.firmware === 'uefi' ? identity(project, name, 'disk') : `0x${shortIdentity(project, name, 'disk')}`,
    AIB_ROOT_PART_UUID: identity(project, name, 'root partition'),
    AIB_ESP_PART_UUID: identity(project, name, 'efi partition'),
    AIB_ESP_ID: shortIdentity(project, name, 'efi filesystem'),
    AIB_ESP_SECTORS: String(ESP_SECTORS),
    AIB_EFI_NAME: machine.efiName,
    AIB_GRUB_FORMAT: format,
  });
}

function rootInputs(artifacts: Outputs): ReadonlyMap<string, Input> {
  const inputs = new Map<string, Input>();
  for (const path of ['kernel', 'initramfs', 'packages', 'overlay.tar', 'guest', 'drive.mjs']) {
    const artifact = artifacts[path];
    if (artifact === undefined) throw internal(`a disk without ${path}`);
    inputs.set(path, artifact);
  }
  return inputs;
}
