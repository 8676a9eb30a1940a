/** The parameters of all steps for an image at AWS: its place, its description, and the clients. */
import type { Finding, Step } from '../../../engine/model/external.ts';
import type { AwsConnection } from '../account/connection.ts';
import type { AwsImage, AwsPlace } from './aws-image.ts';

export interface AwsTarget {
  readonly connection: AwsConnection;
  readonly place: AwsPlace;
  readonly image: AwsImage;
  /** All regions in which it may exist: they share its revision. */
  readonly regions: readonly string[];
  /** Regions in which this run makes it public. */
  readonly publicIn: readonly string[];
  /** Whether a new revision of a published image may be created. */
  readonly revise: boolean;
}

/** Names of the nodes' inputs, for the steps. */
export const DISK = 'disk';
export const SOURCE = 'image';
/** The verdict that it boots; its content is not used. */
export const VERDICT = 'boot';

export type StepWork = Pick<Step, 'find' | 'make'> & Required<Pick<Step, 'poll'>>;

/** The result of beginning a step. */
export type Begun = Exclude<Finding, { state: 'absent' }>;
