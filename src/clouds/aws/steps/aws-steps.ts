/**
 * The steps for images at AWS: a snapshot of the disk and an image of it for the import, copies to other regions, and the publication. The
 * code of a step is loaded with the SDK when the step first runs: a graph with such steps never loads it.
 */
import type { Step } from '../../../engine/model/external.ts';
import { placeName } from '../account/ask-aws.ts';
import { type AwsTarget, DISK, SOURCE, type StepWork, VERDICT } from '../image/aws-target.ts';
import type { AwsPublication } from '../image/publication.ts';

type Load = () => Promise<(target: AwsTarget) => StepWork>;

/** With `isBooted`, nothing is sent before the image has booted: the input `boot`. */
export function importSteps(target: AwsTarget, isBooted = false): readonly Step[] {
  return [
    step(
      'snapshot',
      [DISK, ...(isBooted ? [VERDICT] : [])],
      target,
      target.image.importing.method === 's3'
        ? async () => (await import('./import-task-step.ts')).importTaskWork
        : async () => (await import('./snapshot-step.ts')).snapshotWork,
    ),
    step('image', [], target, async () => (await import('./image-step.ts')).imageWork),
  ];
}

/** Copies the image of the input `image`. */
export function copySteps(target: AwsTarget): readonly Step[] {
  return [step('copy', [SOURCE], target, async () => (await import('./copy-step.ts')).copyWork)];
}

/** Publishes the image of the input `image`, imported or copied. */
export function publicationSteps(target: AwsTarget, publication: AwsPublication): readonly Step[] {
  const load = async () => {
    const { publicationWork } = await import('./publication-step.ts');
    return (of: AwsTarget) => publicationWork(of, publication);
  };
  return [step('publication', [SOURCE], target, load)];
}

function step(name: string, reads: readonly string[], target: AwsTarget, load: Load): Step {
  const work = async (): Promise<StepWork> => (await load())(target);
  return {
    name,
    pool: placeName(target.place.region),
    reads,
    find: async context => (await work()).find(context),
    make: async context => (await work()).make(context),
    poll: async (handle, context) => (await work()).poll(handle, context),
  };
}
