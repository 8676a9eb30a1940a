/**
 * The common part of all actions that run stages of the guest program in a build machine: input root, parameters and stages. A stage is a
 * file of src/guest/stages; an action has only the parts of the program as inputs that its stages use.
 */
import { join } from 'node:path';
import type { Action, Output } from '../../engine/model/action.ts';
import type { Edge, Label, LeafNode, Outputs } from '../../engine/model/graph.ts';
import { MACHINES, type MachineModel } from '../../qemu/drive/machine.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { DRIVER_SECONDS, driverCommand } from '../driver.ts';
import { sourceLabel } from '../labels.ts';
import { MACHINE_PARAMETERS } from '../machine-parameters.ts';
import type { ParameterTable } from '../parameters.ts';
import { filesNode } from './source.ts';

export type Stage = 'base' | 'tree' | 'disk';

/** Parts of the guest program for all stages. */
const COMMON_PARTS = ['init', 'build', 'packages', 'toolbox', 'tree'];
/** Additional parts of each stage. */
const PARTS: Readonly<Record<Stage, readonly string[]>> = {
  base: ['stages/base'],
  tree: ['stages/tree', 'database', 'grub', 'initramfs', 'scripts'],
  disk: ['stages/disk', 'grub', 'layout'],
};

const GUEST = sourceLabel('aib/guest');

/** Paths in `src/guest`. */
const GUEST_FILES: readonly string[] = [...new Set([...COMMON_PARTS, ...Object.values(PARTS).flat()])].sort();

/** The guest program, with one output for each of its parts. */
export function guestNode(home: string): LeafNode {
  const files = GUEST_FILES.map(part => [part, join(home, 'src/guest', part)] as const);
  return filesNode({ label: GUEST, kind: 'source', files: Object.fromEntries(files) });
}

/** Inputs from shared nodes, for all actions that run stages. */
export interface BuildMachineInputs {
  readonly kernel: Edge;
  readonly initramfs: Edge;
  readonly toolbox: Edge;
  readonly driver: Edge;
  /** Only the date affects the result. */
  readonly releaseDate: Edge;
}

export interface StageFacts {
  readonly machine: MachineModel;
  /** Seconds since 1970: the release's date. */
  readonly epoch: number;
  readonly stages: readonly Stage[];
}

export const STAGE_PARAMETERS = {
  ...MACHINE_PARAMETERS,
  AIB_RESULT_PORT: { words: 'the port for reports of the guest', value: ({ machine }) => machine.resultPort },
  AIB_EPOCH: {
    words: "the date of the release, the guest's clock",
    locked: true,
    value: ({ epoch }) => String(epoch),
  },
  AIB_STAGES: { words: 'the stages to run', shape: 'words', value: ({ stages }) => stages },
} satisfies ParameterTable<StageFacts>;

/** The inputs: those of the input root by their path, and the date of the release. */
export function stageInputs(
  stages: readonly Stage[],
  { kernel, initramfs, toolbox, driver, releaseDate }: BuildMachineInputs,
): Readonly<Record<string, Edge>> {
  const parts = [...new Set([...COMMON_PARTS, ...stages.flatMap(stage => PARTS[stage])])].sort();
  const guest = parts.map(part => [`guest/${part}`, { label: GUEST, output: part }] as const);
  return {
    ...{ kernel, initramfs, 'toolbox.iso': toolbox, 'drive.mjs': driver, [RELEASE_DATE]: releaseDate },
    ...Object.fromEntries(guest),
  };
}

const RELEASE_DATE = 'release date';

interface StageAction {
  readonly label: Label;
  readonly arch: string;
  readonly kind: string;
  readonly format: string;
  readonly outputs: Readonly<Record<string, Output>>;
  readonly environment: (machine: MachineModel) => Result<Readonly<Record<string, string>>>;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** Time limits of phases, in seconds. */
  readonly limits: Readonly<Record<string, number>>;
}

/** `artifacts` are the node's inputs. */
export function stageAction(artifacts: Outputs, options: StageAction): Result<Action> {
  const { label, arch, kind, format } = options;
  const machine = MACHINES[arch];
  if (machine === undefined)
    return fail({ code: 'AIB_ARCH', what: `Building images for ${arch} is not supported`, where: label });
  const environment = options.environment(machine);
  if (!environment.ok) return environment;
  return ok({
    sort: 'command',
    spec: {
      arguments: driverCommand('build'),
      environment: { AIB_KIND: kind, AIB_FORMAT: format, ...environment.value },
      inputs: new Map(Object.entries(artifacts).filter(([path]) => path !== RELEASE_DATE)),
      outputs: options.outputs,
      platform: { OSFamily: 'linux', ISA: machine.isa, 'aib-qemu': machine.qemu },
      timeoutSeconds: DRIVER_SECONDS,
    },
    resources: { cpu: 1, memory: options.memoryMiB, vcpu: options.cpus },
    limits: options.limits,
  });
}
