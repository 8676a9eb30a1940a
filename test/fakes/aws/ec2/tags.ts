/** Tags of snapshots, images and import tasks. Must not support other EC2 objects. */
import {
  CreateTags$,
  type CreateTagsRequest,
  DeleteTags$,
  type DeleteTagsRequest,
  DescribeTags$,
  type DescribeTagsRequest,
} from '@aws-sdk/client-ec2';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Thing } from '../world.ts';
import { action, checkedTags, wouldBeVisible } from './action.ts';
import { checkFilters, fits, pageOf } from './filters.ts';
import { imageFor } from './images.ts';
import { importFor } from './import-tasks.ts';
import { snapshotFor } from './snapshot-actions.ts';

/** All objects get the tags, or none. */
const createTags = action(CreateTags$, (cloud, caller, input: CreateTagsRequest) => {
  const { Resources = [], Tags = [] } = input;
  if (Resources.length === 0 || Tags.length === 0)
    throw new AwsError('MissingParameter', 'The request must contain resources and tags');
  const things = Resources.map(id => thingFor(cloud, caller, id));
  const tagged = things.map(thing => checkedTags(Tags, thing.tags));
  things.forEach((thing, index) => {
    thing.tags = tagged[index] ?? {};
  });
  return {};
});

/** With a value, removes only tags with that value; without tags, removes all. */
const deleteTags = action(DeleteTags$, (cloud, caller, input: DeleteTagsRequest) => {
  for (const thing of (input.Resources ?? []).map(id => thingFor(cloud, caller, id))) {
    for (const { Key = '', Value } of input.Tags ??
      Object.keys(thing.tags).map(key => ({ Key: key, Value: undefined }))) {
      if (Value === undefined || thing.tags[Key] === Value) delete thing.tags[Key];
    }
  }
  return {};
});

const describeTags = action(DescribeTags$, (cloud, caller, input: DescribeTagsRequest) => {
  checkFilters(input.Filters, ['key', 'value', 'resource-id', 'resource-type']);
  const { snapshots, images, imports } = cloud.world;
  const types = { snapshot: snapshots, image: images, 'import-snapshot-task': imports };
  const all = Object.entries(types).flatMap(([type, things]) =>
    Object.values<Thing>(things)
      .filter(({ account, region }) => account === caller.account && region === caller.region)
      .filter(thing => wouldBeVisible(cloud, thing))
      .flatMap(({ id, tags }) =>
        Object.entries(tags).map(([Key, Value]) => ({ Key, Value, ResourceId: id, ResourceType: type })),
      ),
  );
  const wanted = all.filter(({ Key, Value, ResourceId, ResourceType }) =>
    fits(
      input.Filters,
      { key: Key, value: Value, 'resource-id': ResourceId, 'resource-type': ResourceType },
      { [Key]: Value },
    ),
  );
  const { page, next } = pageOf(wanted, input, {
    most: cloud.world.settings.page,
    least: 5,
    id: ({ ResourceId, Key }) => `${ResourceId} ${Key}`,
  });
  return { Tags: page, NextToken: next };
});

function thingFor(cloud: Cloud, caller: Caller, id: string): Thing {
  if (id.startsWith('ami-')) return imageFor(cloud, caller, id);
  if (id.startsWith('snap-')) return snapshotFor(cloud, caller, id);
  if (id.startsWith('import-snap-')) return importFor(cloud, caller, id);
  throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
}

export const tagActions = [createTags, deleteTags, describeTags];
