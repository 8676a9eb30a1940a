/** The permissions of an image or a snapshot, in the three forms of requests for a change. Never decides whether a change is allowed. */
import { AwsError } from '../wire/aws-error.ts';
import type { Permission } from '../world.ts';

export interface Change {
  readonly add: Permission;
  readonly remove: Permission;
}

interface Entry {
  readonly UserId?: string | undefined;
  readonly Group?: string | undefined;
  readonly OrganizationArn?: string | undefined;
  readonly OrganizationalUnitArn?: string | undefined;
}

export interface Modification {
  readonly Add?: readonly Entry[] | undefined;
  readonly Remove?: readonly Entry[] | undefined;
}

/** The older form: `OperationType=add&UserId.1=…&UserGroup.1=all`. */
export interface OlderForm {
  readonly OperationType?: string | undefined;
  readonly UserIds?: readonly string[] | undefined;
  readonly GroupNames?: readonly string[] | undefined;
  readonly OrganizationArns?: readonly string[] | undefined;
  readonly OrganizationalUnitArns?: readonly string[] | undefined;
}

export function changeOf(modification: Modification | undefined, older: OlderForm): Change {
  const change = { add: permissionOf(modification?.Add), remove: permissionOf(modification?.Remove) };
  const { OperationType, UserIds = [], GroupNames = [], OrganizationArns = [], OrganizationalUnitArns = [] } = older;
  const named = { users: UserIds, groups: GroupNames, organizations: OrganizationArns, units: OrganizationalUnitArns };
  const isNamed = Object.values(named).some(names => names.length > 0);
  if (!isNamed) return check(change);
  if (OperationType !== 'add' && OperationType !== 'remove') {
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid value '${OperationType}' for operationType. Must be add or remove`,
    );
  }
  const target = change[OperationType];
  for (const part of PARTS) target[part].push(...named[part]);
  return check(change);
}

const PARTS = ['users', 'groups', 'organizations', 'units'] as const;

function permissionOf(entries: readonly Entry[] = []): Permission {
  const present = (values: readonly (string | undefined)[]): string[] => values.filter(value => value !== undefined);
  return {
    users: present(entries.map(({ UserId }) => UserId)),
    groups: present(entries.map(({ Group }) => Group)),
    organizations: present(entries.map(({ OrganizationArn }) => OrganizationArn)),
    units: present(entries.map(({ OrganizationalUnitArn }) => OrganizationalUnitArn)),
  };
}

function check(change: Change): Change {
  for (const { users, groups, organizations, units } of [change.add, change.remove]) {
    const user = users.find(each => !/^\d{12}$/.test(each));
    if (user !== undefined)
      throw new AwsError(
        'InvalidAMIAttributeItemValue',
        `Invalid attribute item value "${user}" for userId item type.`,
      );
    const group = groups.find(each => each !== 'all');
    if (group !== undefined)
      throw new AwsError(
        'InvalidAMIAttributeItemValue',
        `Invalid attribute item value "${group}" for group item type.`,
      );
    const arn = [...organizations, ...units].find(each => !each.startsWith('arn:aws:organizations::'));
    if (arn !== undefined) throw new AwsError('InvalidParameterValue', `The ARN '${arn}' is not valid.`);
  }
  return change;
}

/** Adding an existing entry and removing a missing one have no effect. */
export function changed(permission: Permission, { add, remove }: Change): Permission {
  const apply = (part: (typeof PARTS)[number]): string[] =>
    [...new Set([...permission[part], ...add[part]])].filter(each => !remove[part].includes(each));
  return {
    users: apply('users'),
    groups: apply('groups'),
    organizations: apply('organizations'),
    units: apply('units'),
  };
}

export function entriesOf({ users, groups, organizations, units }: Permission): Entry[] {
  return [
    ...groups.map(Group => ({ Group })),
    ...users.map(UserId => ({ UserId })),
    ...organizations.map(OrganizationArn => ({ OrganizationArn })),
    ...units.map(OrganizationalUnitArn => ({ OrganizationalUnitArn })),
  ];
}
