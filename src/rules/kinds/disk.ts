/** The `disk` kind: a command action that runs QEMU. Its input root contains everything, including the program that drives QEMU. */
import type { ImageConfig } from '../../config/image/image-config.ts';
import { BOOTLOADERS } from '../../config/tree/schema.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok } from '../../util/result.ts';
import { identity, shortIdentity } from '../identity.ts';
import type { VariantKind } from '../kind.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';
import {
  type BuildMachineInputs,
  STAGE_PARAMETERS,
  type Stage,
  type StageFacts,
  stageAction,
  stageInputs,
} from './guest-stage.ts';

const FORMAT = '2';
/** 1 MiB, several times the size of Alpine's boot loader. */
const ESP_SECTORS = 2_048;

export interface DiskOptions extends BuildMachineInputs {
  readonly label: Label;
  readonly config: ImageConfig;
  /** Seconds since 1970: the release's date. */
  readonly epoch: number;
  /** The tree that the image starts from; without a base, all stages run here. */
  readonly base?: Edge;
  readonly packages: Edge;
  readonly overlay: Edge;
}

interface GuestFacts extends StageFacts {
  readonly config: ImageConfig;
  readonly grub: string;
}

/** All parameters of the guest program; only what it reads, so that a changed description rebuilds no disk. */
const PARAMETERS = {
  ...STAGE_PARAMETERS,
  AIB_DISK_MIB: {
    words: 'the size of the disk in MiB',
    settings: ['disk_size'],
    value: ({ config }) => String(config.diskMiB),
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
    words: 'the identifier of the root filesystem',
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
    words: 'the identifier of the EFI filesystem',
    settings: ['project'],
    value: ({ config }) => shortId(config, 'efi filesystem'),
  },
  AIB_ESP_SECTORS: { words: 'the size of the EFI partition in sectors', value: () => String(ESP_SECTORS) },
  AIB_EFI_NAME: { words: 'the file that UEFI starts', value: ({ machine }) => machine.efiName },
  AIB_GRUB_FORMAT: { words: 'the platform of GRUB', value: ({ grub }) => grub },
} satisfies ParameterTable<GuestFacts>;

export const DISK_KIND = {
  shared: false,
  needs: 'machine',
  runsMachine: true,
  isCachedRemotely: true,
  parameters: PARAMETERS,
} satisfies VariantKind;

export function diskNode(options: DiskOptions): ActionNode {
  const { label, config, base, packages, overlay, epoch } = options;
  // Only the disk needs the tree, so one machine makes both.
  const stages: readonly Stage[] = base === undefined ? ['base', 'tree', 'disk'] : ['tree', 'disk'];
  return {
    type: 'action',
    label,
    kind: 'disk',
    inputs: {
      ...stageInputs(stages, options),
      ...(base === undefined ? {} : { tree: base }),
      packages,
      'overlay.tar': overlay,
    },
    outputs: ['disk', 'installed'],
    prepare: artifacts => {
      if (config.unknownBootloader !== undefined) return fail(uninstalled(config.unknownBootloader, label));
      const { login: _, ...limits } = config.machine.timeouts;
      return stageAction(artifacts, {
        ...{ label, arch: config.arch, limits },
        kind: 'disk',
        format: FORMAT,
        outputs: { disk: { type: 'file', path: 'out/disk' }, installed: { type: 'file', path: 'out/installed' } },
        environment: machine => {
          const grub = machine.grub[config.firmware];
          if (grub === undefined)
            return fail({ code: 'AIB_NO_FIRMWARE', what: `${config.arch} has no BIOS`, where: label });
          return ok(valuesOf(PARAMETERS, { config, epoch, machine, grub, stages }));
        },
        memoryMiB: config.machine.memoryMiB,
        cpus: config.machine.cpus,
      });
    },
  };
}

function uuid({ project, variant }: ImageConfig, purpose: string): string {
  return identity(project, variant.name, purpose);
}

function shortId({ project, variant }: ImageConfig, purpose: string): string {
  return shortIdentity(project, variant.name, purpose);
}

export function uninstalled(bootloader: string, where: Label): Failure {
  return {
    code: 'AIB_BOOTLOADER',
    what: `The boot loader ${bootloader} is not supported`,
    where,
    got: `supported boot loaders: ${BOOTLOADERS.join(', ')}`,
  };
}
