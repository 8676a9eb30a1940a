import { describe, expect, it } from 'vitest';
import type { PartitionDifference } from '../diff/disks.ts';
import { type Allowed, allowedIn, readAllowed } from './allowed.ts';

function read(text: string): readonly Allowed[] {
  const allowed = readAllowed(text);
  if (!allowed.ok) throw new Error(allowed.error);
  return allowed.value;
}

const LIST = read('# remark\n\n/etc/build-id  says who built it\n  /var/log/*.log logs of the  first start\n');

describe('a list of differences that are allowed', () => {
  it('has a path and a reason in each line', () => {
    expect(LIST.map(({ path, reason }) => [path, reason])).toEqual([
      ['/etc/build-id', 'says who built it'],
      ['/var/log/*.log', 'logs of the  first start'],
    ]);
  });

  it.each([
    ['/etc/build-id', 'Line 1'],
    ['/a  reason\netc/build-id reason', 'Line 2'],
    ['/a ', 'Line 1'],
  ])('%j is refused: there is no path, or no reason', (text, line) => {
    expect(readAllowed(text)).toEqual({ ok: false, error: expect.stringContaining(line) });
  });
});

function root(...paths: readonly string[]): PartitionDifference {
  const files = paths.map(path => ({ path, change: 'changed', facts: [] }) as const);
  return { partition: '2 root', kind: 'ext4', facts: [], files, bytes: [{ owner: 'journal', bytes: 3, first: 0 }] };
}

function allowed(partitions: readonly PartitionDifference[], more: object = {}) {
  const difference = { verdict: 'different', sizes: [1, 1], table: [], outside: [], partitions, ...more } as const;
  return allowedIn({ type: 'disk', difference }, LIST)?.map(({ path }) => path);
}

describe('what is different', () => {
  it('is allowed if every file of it is on the list', () => {
    expect(allowed([root('/etc/build-id')])).toEqual(['/etc/build-id']);
    expect(allowed([root('/var/log/a.log', '/var/log/b.log', '/etc/build-id')])).toEqual([
      '/var/log/*.log',
      '/etc/build-id',
    ]);
  });

  it.each([
    ['another file', [root('/etc/build-id', '/etc/motd')], {}],
    ['a file further down', [root('/var/log/apt/a.log')], {}],
    ['a name that only looks alike', [root('/var/log/axlog')], {}],
    ['bytes that no file explains', [root('/etc/build-id'), root()], {}],
    ['what nobody can read', [{ ...root('/etc/build-id'), kind: 'unknown content' }], {}],
    ['boot code', [root('/etc/build-id')], { outside: [{ owner: 'boot code', bytes: 1, first: 0 }] }],
    [
      'the partition table',
      [root('/etc/build-id')],
      { table: [{ name: 'id', before: 'a', after: 'b', cause: 'random' }] },
    ],
    ['the size', [root('/etc/build-id')], { sizes: [1, 2] }],
  ])('is not with %s', (_, partitions, more) => {
    expect(allowed(partitions, more)).toBeUndefined();
  });

  it('is not if it is no disk', () => {
    expect(allowedIn({ type: 'text', lines: ['-a', '+b'] }, LIST)).toBeUndefined();
  });
});
