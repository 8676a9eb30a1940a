/** Finds the snapshot of a disk, independent of the import method. Never changes anything. */
import type { FindContext, Finding } from '../../../engine/model/external.ts';
import type { Failure } from '../../../util/failure.ts';
import { ok, type Result } from '../../../util/result.ts';
import { placeName } from '../account/ask-aws.ts';
import { ownSnapshots } from '../account/describe.ts';
import { TAG } from '../image/aws-image.ts';
import type { AwsTarget, Begun } from '../image/aws-target.ts';
import { askingOf } from '../image/image-facts.ts';

/** By its tag. */
export async function findSnapshot(target: AwsTarget, context: FindContext): Promise<Result<Finding>> {
  const found = await ownSnapshots(askingOf(target, context), { [TAG.identity]: context.identity });
  if (!found.ok) return found;
  const whole = found.value.find(({ State, SnapshotId }) => State === 'completed' && SnapshotId !== undefined);
  return ok(whole === undefined ? { state: 'absent' } : thereIs(whole.SnapshotId ?? ''));
}

export function thereIs(snapshot: string): Begun {
  return { state: 'there', facts: { snapshot } };
}

export function snapshotFailed({ place }: AwsTarget, got: string): Failure {
  return { code: 'AIB_PROVIDER', what: 'AWS did not finish the snapshot', where: placeName(place.region), got };
}
