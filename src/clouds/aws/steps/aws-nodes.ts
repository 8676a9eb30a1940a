/**
 * Images at AWS as nodes: imported from a disk, copied from another region, published. All are identified by the disk, never by their
 * source image.
 */
import {
  type Edge,
  type ExternalNode,
  externalNode,
  type Label,
  OBJECT,
  type Outputs,
} from '../../../engine/model/graph.ts';
import type { Digest } from '../../../store/content/digest.ts';
import { internal } from '../../../util/failure.ts';
import { ok } from '../../../util/result.ts';
import { imageObject } from '../image/aws-image.ts';
import { type AwsTarget, DISK, SOURCE, VERDICT } from '../image/aws-target.ts';
import { type AwsPublication, publicationObject } from '../image/publication.ts';
import { copySteps, importSteps, publicationSteps } from './aws-steps.ts';

interface AwsNodeOptions {
  readonly label: Label;
  readonly disk: Edge;
  readonly target: AwsTarget;
}

interface StandingOptions extends AwsNodeOptions {
  /** The node of the source image, or of the image to publish. */
  readonly image: Label;
}

/** `verdict` is the result of the boot, which is required before anything is sent. */
export function importNode({
  label,
  disk,
  verdict,
  target,
}: AwsNodeOptions & { readonly verdict?: Edge }): ExternalNode {
  return externalNode({
    label,
    kind: 'import',
    inputs: { [DISK]: disk, ...(verdict === undefined ? {} : { [VERDICT]: verdict }) },
    describe: inputs => ok(imageObject(target.image, target.place, diskOf(inputs))),
    steps: importSteps(target, verdict !== undefined),
  });
}

/** The source image is not part of the identity: if it is created again, it has another id, and the copy stays valid. */
export function copyNode({ label, disk, image, target }: StandingOptions): ExternalNode {
  return externalNode({
    label,
    kind: 'copy',
    inputs: { [DISK]: disk, [SOURCE]: { label: image, output: OBJECT } },
    describe: inputs => ok(imageObject(target.image, target.place, diskOf(inputs))),
    steps: copySteps(target),
  });
}

export function publishNode({
  label,
  disk,
  image,
  target,
  publication,
}: StandingOptions & { readonly publication: AwsPublication }): ExternalNode {
  return externalNode({
    label,
    kind: 'publish',
    inputs: { [DISK]: disk, [SOURCE]: { label: image, output: OBJECT } },
    describe: inputs => ok(publicationObject(target.image, target.place, diskOf(inputs), publication)),
    steps: publicationSteps(target, publication),
  });
}

function diskOf(inputs: Outputs): Digest {
  const { [DISK]: disk } = inputs;
  if (disk === undefined) throw internal('an image of AWS without a disk');
  return disk.digest;
}
