/** The `disk` kind, the QEMU leaf: a command action whose input root holds everything, the program that drives QEMU included. */
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { Input } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label, Outputs } from '../../engine/model/graph.ts';
import { MACHINES, type MachineModel } from '../../qemu/drive/machine.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { DRIVER_SECONDS, driverCommand } from '../driver.ts';
import { identity, shortIdentity } from '../identity.ts';
import type { VariantKind } from '../kind.ts';
import { MACHINE_PARAMETERS } from '../machine-parameters.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

const FORMAT = '1';
/** 1 MiB: one page of Alpine's loader several times over. */
const ESP_SECTORS = 2_048;

export interface DiskOptions {
  readonly label: Label;
  readonly config: ImageConfig;
  /** Seconds since 1970: the release's date. */
  readonly epoch: number;
  readonly kernel: Edge;
  readonly initramfs: Edge;
  readonly packages: Edge;
  readonly toolbox: Edge;
  readonly overlay: Edge;
  /** Only its date reaches the disk. */
  readonly releaseDate: Edge;
  readonly guest: Edge;
  readonly driver: Edge;
}

interface GuestFacts extends Pick<DiskOptions, 'config' | 'epoch'> {
  readonly machine: MachineModel;
  readonly grub: string;
}

/** Everything that the guest program is told; only what it reads, so that a changed description builds nothing. */
const PARAMETERS = {
  ...MACHINE_PARAMETERS,
  AIB_RESULT_PORT: { words: 'the port that the guest reports over', value: ({ machine }) => machine.resultPort },
  AIB_DISK_MIB: {
    words: 'the size of the disk in MiB',
    settings: ['disk_size'],
    value: ({ config }) => String(config.diskMiB),
  },
  AIB_EPOCH: {
    words: "the date of the release, the guest's clock",
    locked: true,
    value: ({ epoch }) => String(epoch),
  },
  AIB_FIRMWARE: { words: 'the firmware', value: ({ config }) => config.firmware },
  AIB_SCRIPTS: {
    words: 'the setup scripts, in order',
    shape: 'words',
    settings: ['scripts'],
    value: ({ config }) => config.scripts,
  },
  AIB_KERNEL_MODULES: {
    words: 'kernel modules',
    shape: 'names',
    settings: ['kernel_modules'],
    value: ({ config }) => config.kernelModules,
  },
  AIB_KERNEL_OPTIONS: {
    words: 'kernel options',
    shape: 'words',
    settings: ['kernel_options'],
    value: ({ config }) => config.kernelOptions,
  },
  AIB_INITFS_FEATURES: {
    words: 'features of the initramfs',
    shape: 'words',
    settings: ['initfs_features'],
    value: ({ config }) => config.initfsFeatures,
  },
  AIB_ROOT_UUID: {
    words: 'the identifier of the root file system',
    settings: ['project'],
    value: ({ config }) => uuid(config, 'root filesystem'),
  },
  AIB_HASH_SEED: {
    words: 'the seed of directory hashes',
    settings: ['project'],
    value: ({ config }) => uuid(config, 'hash seed'),
  },
  AIB_DISK_ID: {
    words: 'the identifier of the disk',
    settings: ['project'],
    value: ({ config }) => (config.firmware === 'uefi' ? uuid(config, 'disk') : `0x${shortId(config, 'disk')}`),
  },
  AIB_ROOT_PART_UUID: {
    words: 'the identifier of the root partition',
    settings: ['project'],
    value: ({ config }) => uuid(config, 'root partition'),
  },
  AIB_ESP_PART_UUID: {
    words: 'the identifier of the EFI partition',
    settings: ['project'],
    value: ({ config }) => uuid(config, 'efi partition'),
  },
  AIB_ESP_ID: {
    words: 'the identifier of the EFI file system',
    settings: ['project'],
    value: ({ config }) => shortId(config, 'efi filesystem'),
  },
  AIB_ESP_SECTORS: { words: 'the size of the EFI partition in sectors', value: () => String(ESP_SECTORS) },
  AIB_EFI_NAME: { words: 'the file that UEFI starts', value: ({ machine }) => machine.efiName },
  AIB_GRUB_FORMAT: { words: 'the sort of GRUB', value: ({ grub }) => grub },
} satisfies ParameterTable<GuestFacts>;

export const DISK_KIND = {
  shared: false,
  needs: 'machine',
  runsMachine: true,
  parameters: PARAMETERS,
} satisfies VariantKind;

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
      toolbox: options.toolbox,
      'overlay.tar': options.overlay,
      guest: options.guest,
      'drive.mjs': options.driver,
      'release date': options.releaseDate,
    },
    outputs: ['disk', 'installed'],
    prepare: artifacts => {
      const { login: _, ...limits } = config.machine.timeouts;
      const machine = MACHINES[config.arch];
      if (machine === undefined)
        return fail({ code: 'AIB_ARCH', what: `Disks for ${config.arch} cannot be built yet`, where: label });
      const environment = guestEnvironment(options, machine);
      if (!environment.ok) return environment;
      return ok({
        sort: 'command',
        spec: {
          arguments: driverCommand('disk'),
          environment: environment.value,
          inputs: rootInputs(artifacts),
          outputs: { disk: { type: 'file', path: 'out/disk' }, installed: { type: 'file', path: 'out/installed' } },
          platform: { OSFamily: 'linux', ISA: machine.isa, 'aib-qemu': machine.qemu },
          timeoutSeconds: DRIVER_SECONDS,
        },
        resources: { cpu: 1, memory: config.machine.memoryMiB, vcpu: config.machine.cpus },
        limits,
      });
    },
  };
}

function guestEnvironment(options: DiskOptions, machine: MachineModel): Result<Readonly<Record<string, string>>> {
  const { config, epoch } = options;
  const grub = machine.grub[config.firmware];
  if (grub === undefined)
    return fail({ code: 'AIB_NO_FIRMWARE', what: `${config.arch} has no BIOS`, where: options.label });
  const values = valuesOf(PARAMETERS, { config, epoch, machine, grub });
  return ok({ AIB_KIND: 'disk', AIB_FORMAT: FORMAT, ...values });
}

function uuid({ project, variant }: ImageConfig, purpose: string): string {
  return identity(project, variant.name, purpose);
}

function shortId({ project, variant }: ImageConfig, purpose: string): string {
  return shortIdentity(project, variant.name, purpose);
}

function rootInputs(artifacts: Outputs): ReadonlyMap<string, Input> {
  const inputs = new Map<string, Input>();
  for (const path of ['kernel', 'initramfs', 'packages', 'toolbox', 'overlay.tar', 'guest', 'drive.mjs']) {
    const artifact = artifacts[path];
    if (artifact === undefined) throw internal(`a disk without ${path}`);
    inputs.set(path, artifact);
  }
  return inputs;
}
