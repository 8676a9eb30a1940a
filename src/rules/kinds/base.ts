/**
 * The `base` kind: the packages that all images of a family have, installed once into a tree, which is passed on as an archive. The lock
 * names them (see closures.ts); images with the same packages share the base.
 */
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { ok } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { valuesOf } from '../parameters.ts';
import { type BuildMachineInputs, STAGE_PARAMETERS, type Stage, stageAction, stageInputs } from './guest-stage.ts';

const FORMAT = '1';
const STAGES: readonly Stage[] = ['base'];

export interface BaseOptions extends BuildMachineInputs {
  readonly label: Label;
  readonly arch: string;
  readonly epoch: number;
  readonly packages: Edge;
  /** Resources of the build machine; not part of the key. */
  readonly machine: ImageConfig['machine'];
}

export const BASE_KIND = {
  shared: true,
  labelWords: ['version', 'arch', 'packages'],
  runsMachine: true,
  isCachedRemotely: true,
  parameters: STAGE_PARAMETERS,
} satisfies SharedKind;

export function baseNode(options: BaseOptions): ActionNode {
  const { label, arch, epoch, machine } = options;
  return {
    type: 'action',
    label,
    kind: 'base',
    inputs: { ...stageInputs(STAGES, options), base: options.packages },
    outputs: ['tree'],
    prepare: artifacts => {
      const { login: _, ...limits } = machine.timeouts;
      return stageAction(artifacts, {
        ...{ label, arch, limits },
        kind: 'base',
        format: FORMAT,
        outputs: { tree: { type: 'file', path: 'out/tree' } },
        environment: model => ok(valuesOf(STAGE_PARAMETERS, { machine: model, epoch, stages: STAGES })),
        memoryMiB: machine.memoryMiB,
        cpus: machine.cpus,
      });
    },
  };
}

/** The packages of a closure that go into the base, and the rest. */
export function splitBase(closure: readonly ClosurePackage[]): {
  readonly base: readonly ClosurePackage[];
  readonly own: readonly ClosurePackage[];
} {
  return { base: closure.filter(({ base }) => base === true), own: closure.filter(({ base }) => base !== true) };
}
