/**
 * The `boot` kind: boots the finished image in QEMU and waits for a login prompt. The verdict is cached by content, like that of a test.
 */
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { Input } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { MACHINES, type MachineModel } from '../../qemu/drive/machine.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok } from '../../util/result.ts';
import { DRIVER_SECONDS, driverCommand } from '../driver.ts';
import type { VariantKind } from '../kind.ts';
import { MACHINE_PARAMETERS } from '../machine-parameters.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

const FORMAT = '1';
/** QEMU's names of image formats. */
const QEMU_FORMATS: Readonly<Record<string, string>> = {
  qcow2: 'qcow2',
  vhd: 'vpc',
  raw: 'raw',
  'raw.tar.gz': 'raw',
};

/** Other formats are never built. */
export function qemuFormat({ imageFormat }: Pick<ImageConfig, 'imageFormat'>): string {
  return QEMU_FORMATS[imageFormat] ?? 'raw';
}

export interface BootOptions {
  readonly label: Label;
  readonly config: ImageConfig;
  readonly image: Edge;
  readonly driver: Edge;
  /** Only for uefi. */
  readonly firmware?: { readonly code: Edge; readonly vars: Edge };
}

const PARAMETERS = {
  ...MACHINE_PARAMETERS,
  AIB_FORMAT_NAME: {
    words: 'the format of the image',
    settings: ['image_format'],
    value: ({ config }) => qemuFormat(config),
  },
  AIB_FIRMWARE: { words: 'the firmware', value: ({ config }) => config.firmware },
  AIB_EXPECT: { words: 'the expected text on the console', value: () => 'login:' },
} satisfies ParameterTable<{ readonly config: ImageConfig; readonly machine: MachineModel }>;

export const BOOT_KIND = {
  shared: false,
  needs: 'machine',
  runsMachine: true,
  isCachedRemotely: true,
  parameters: PARAMETERS,
} satisfies VariantKind;

export function bootNode(options: BootOptions): ActionNode {
  const { config, firmware } = options;
  const inputs: Record<string, Edge> = { image: options.image, 'drive.mjs': options.driver };
  if (firmware !== undefined)
    Object.assign(inputs, { 'firmware/code.fd': firmware.code, 'firmware/vars.fd': firmware.vars });
  return {
    type: 'action',
    label: options.label,
    kind: 'boot',
    inputs,
    outputs: ['verdict'],
    prepare: artifacts => {
      const machine = MACHINES[config.arch];
      if (machine === undefined)
        return fail({ code: 'AIB_ARCH', what: `Booting ${config.arch} images is not supported`, where: options.label });
      const root = new Map<string, Input>();
      for (const path of Object.keys(inputs)) {
        const artifact = artifacts[path];
        if (artifact === undefined) throw internal(`missing input of a boot: ${path}`);
        root.set(path, artifact);
      }
      return ok({
        sort: 'command',
        spec: {
          arguments: driverCommand('boot'),
          environment: { AIB_KIND: 'boot', AIB_FORMAT: FORMAT, ...valuesOf(PARAMETERS, { config, machine }) },
          inputs: root,
          outputs: { verdict: { type: 'file', path: 'out/verdict.json' } },
          platform: { OSFamily: 'linux', ISA: machine.isa, 'aib-qemu': machine.qemu },
          timeoutSeconds: DRIVER_SECONDS,
        },
        resources: { cpu: 1, memory: 512, vcpu: config.machine.cpus },
        limits: { login: config.machine.timeouts.login },
      });
    },
  };
}
