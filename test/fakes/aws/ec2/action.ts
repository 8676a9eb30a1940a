/** The type of an EC2 action in the fake, and common helpers. Must not contain an action. */

import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { isOver, passes } from '../lag.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { OperationSchema } from '../wire/query-codec.ts';
import type { Thing } from '../world.ts';

export interface Ec2Action {
  readonly schema: OperationSchema;
  readonly run: (cloud: Cloud, caller: Caller, input: unknown) => unknown;
}

export function action<Input, Output>(
  schema: OperationSchema,
  run: (cloud: Cloud, caller: Caller, input: Input) => Output,
): Ec2Action {
  return { schema, run: (cloud, caller, input) => run(cloud, caller, input as Input) };
}

export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined || value === '') {
    throw new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
  }
  return value;
}

/** Whether a new object is already visible for this read. */
export function isVisible(cloud: Cloud, thing: Thing): boolean {
  return passes(thing.visible, cloud.now());
}

/** The same for actions that read it only incidentally. */
export function wouldBeVisible(cloud: Cloud, thing: Thing): boolean {
  return isOver(thing.visible, cloud.now());
}

export interface TagSpecification {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** The tags of a request for one type of object that it creates; a type that it does not create is refused. */
export function specifiedTags(
  specifications: readonly TagSpecification[] | undefined,
  type: string,
  types: readonly string[] = [type],
): Record<string, string> {
  const found: Tag[] = [];
  for (const { ResourceType = '', Tags = [] } of specifications ?? []) {
    if (!types.includes(ResourceType)) {
      throw new AwsError(
        'InvalidParameterValue',
        `'${ResourceType}' is not a valid taggable resource type for this operation.`,
      );
    }
    if (ResourceType === type) found.push(...Tags);
  }
  return checkedTags(found);
}

/** Limits: 50 tags, keys of 128 characters, values of 256, and no key of Amazon's own. */
export function checkedTags(
  tags: readonly Tag[],
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const checked = { ...before };
  for (const { Key = '', Value = '' } of tags) {
    if (Key === '') throw new AwsError('InvalidParameterValue', 'Tag key cannot be empty');
    if (Key.toLowerCase().startsWith('aws:')) {
      throw new AwsError('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
    }
    if (Key.length > 128)
      throw new AwsError('InvalidParameterValue', 'Tag key exceeds the maximum length of 128 characters');
    if (Value.length > 256)
      throw new AwsError('InvalidParameterValue', 'Tag value exceeds the maximum length of 256 characters');
    checked[Key] = Value;
  }
  if (Object.keys(checked).length > 50) {
    throw new AwsError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.');
  }
  return checked;
}

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
