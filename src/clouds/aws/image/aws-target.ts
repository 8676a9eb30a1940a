/** What the steps of an image at AWS are about: where it stands, what it is to be, and by which clients it is asked for. */
import type { Finding, Step } from '../../../engine/model/external.ts';
import type { AwsConnection } from '../account/connection.ts';
import type { AwsImage, AwsPlace } from './aws-image.ts';

export interface AwsTarget {
  readonly connection: AwsConnection;
  readonly place: AwsPlace;
  readonly image: AwsImage;
  /** All regions in which it may stand: they have its revision in common. */
  readonly regions: readonly string[];
  /** Regions in which everybody is to use it, in this run. */
  readonly publicIn: readonly string[];
  /** Whether a new revision may be made of what is published. */
  readonly revise: boolean;
}

/** Inputs of the nodes, as the steps read them. */
export const DISK = 'disk';
export const SOURCE = 'image';
/** Says that it boots; nothing else of it matters. */
export const VERDICT = 'boot';

export type StepWork = Pick<Step, 'find' | 'make'> & Required<Pick<Step, 'poll'>>;

/** What came of asking for a step to be taken. */
export type Begun = Exclude<Finding, { state: 'absent' }>;
