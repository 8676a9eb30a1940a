import { expect, test } from 'vitest';
import { digestOf } from '../../store/content/digest.ts';
import type { Collected } from '../../store/upkeep/collect.ts';
import { collectionLines, collectionNotice } from './collection-lines.ts';

const NOW = 100 * 86_400_000;

function collected(facts: Partial<Collected> = {}): Collected {
  const kept = { bytes: 3_072, liveBytes: 2_048, liveRecords: 2, records: 3 };
  return { records: [], blobs: [], orphans: 0, freed: 0, forgotten: [], leftovers: [], kept, ...facts };
}

const blob = { hash: digestOf('x').hash, size: 1_024, bytes: 1_024, since: 0 };
const old = {
  record: { key: digestOf('k').hash, label: '//x:disk', kind: 'disk', outputs: {} },
  used: NOW - 12 * 86_400_000,
  newest: undefined,
  outputs: new Set<string>(),
  inputs: new Set<string>(),
  projects: [],
};

test('where there are several projects, a collection says whose results went and which project is forgotten', () => {
  const facts = collected({ records: [{ ...old, projects: ['/srv/a', '/srv/b'] }], forgotten: ['/srv/c'] });
  expect(collectionLines(facts, { dryRun: false, maxBytes: 4_096, now: NOW }).slice(0, 3)).toEqual([
    'removed 1 result, the least recently used first:',
    '  //x:disk  disk  used 12 days ago  /srv/a, /srv/b',
    'removed the project /srv/c from the list of projects: its folder no longer exists',
  ]);
});

test('a collection tells what went, how long it lay there, and what stays and why', () => {
  const facts = collected({ records: [old], blobs: [blob], orphans: 1, freed: 1_024, leftovers: ['aib.db.bad-1'] });
  expect(collectionLines(facts, { dryRun: true, maxBytes: 4_096, now: NOW })).toEqual([
    'would remove 1 result, the least recently used first:',
    '  //x:disk  disk  used 12 days ago',
    'would remove 1 blob that no result uses',
    'would remove aib.db.bad-1',
    'would remove 1.0 KiB of blobs',
    'kept 2 newest results of labels, with their inputs: 2.0 KiB',
    'kept 1 older result: 1.0 KiB more',
    'the store uses 3.0 KiB of at most 4.0 KiB',
  ]);
});

test('the end of a build says one line if something went or cannot go, and nothing otherwise', () => {
  expect(collectionNotice(collected(), 4_096)).toBeUndefined();
  expect(collectionNotice(collected({ blobs: [blob], freed: 1_024 }), 4_096)).toBe(
    'removed 0 old results to free 1.0 KiB; the store uses 3.0 KiB of at most 4.0 KiB',
  );
  expect(collectionNotice(collected(), 1_024)).toMatch(
    /^the newest results use 2.0 KiB, more than the limit of 1.0 KiB/,
  );
});
