import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../content/digest.ts';
import { chooseCollection, LABEL_LIFETIME } from './collection-choice.ts';
import type { CountedBlob, CountedRecord, StoreContents } from './store-contents.ts';

const NOW = 100 * 24 * 3_600_000;
const DAY = 24 * 3_600_000;

function blob(name: string, bytes: number, since = 0): CountedBlob {
  return { hash: digestOf(name).hash, size: bytes, bytes, since };
}

function record(
  name: string,
  facts: { outputs: readonly string[]; inputs?: readonly string[]; used: number; newest?: number },
): CountedRecord {
  const hashes = (names: readonly string[] = []): Set<string> => new Set(names.map(each => digestOf(each).hash));
  return {
    record: { key: digestOf(name).hash, label: `//${name}`, kind: 'test', outputs: {} },
    used: facts.used,
    newest: facts.newest,
    outputs: hashes(facts.outputs),
    inputs: hashes(facts.inputs),
    projects: [],
  };
}

function contents(blobs: readonly CountedBlob[], records: readonly CountedRecord[]): StoreContents {
  return { blobs: new Map(blobs.map(each => [each.hash, each])), records };
}

const options = { now: NOW, before: NOW, pinned: { records: new Set<string>(), blobs: new Set<string>() } };
const labels = (records: readonly CountedRecord[]): readonly string[] => records.map(each => each.record.label);

test('below the limit only what nobody needs goes', () => {
  const blobs = [blob('a', 10), blob('b', 10), blob('nobody’s', 5), blob('new', 5, NOW + 1)];
  const records = [
    record('x', { outputs: ['a'], used: 1, newest: NOW }),
    record('x, before', { outputs: ['b'], used: 0 }),
  ];
  const plan = chooseCollection(contents(blobs, records), { ...options, maxBytes: 100 });
  expect(plan.records).toEqual([]);
  expect(plan.blobs).toEqual([blob('nobody’s', 5)]);
  expect(plan).toMatchObject({ orphans: 1, freed: 5, kept: { bytes: 25, liveBytes: 15, liveRecords: 1, records: 2 } });
});

test('above it the longest unused go first, down to nine tenths', () => {
  const ages = [3, 1, 4, 2, 5];
  const blobs = [blob('live', 50), ...ages.map(age => blob(`old ${age}`, 10))];
  const records = [
    record('x', { outputs: ['live'], used: NOW, newest: NOW }),
    ...ages.map(age => record(`used at ${age}`, { outputs: [`old ${age}`], used: age })),
  ];
  const plan = chooseCollection(contents(blobs, records), { ...options, maxBytes: 90 });
  expect(labels(plan.records)).toEqual(['//used at 1', '//used at 2']);
  expect(plan.kept.bytes).toBe(80);
});

test('the newest result of a label stays with what it read, whatever the limit', () => {
  const blobs = [blob('out', 40), blob('source', 20), blob('old out', 40), blob('old source', 20)];
  const records = [
    record('x', { outputs: ['out'], inputs: ['source'], used: 0, newest: NOW - 29 * DAY }),
    record('x, before', { outputs: ['old out'], inputs: ['old source'], used: NOW }),
  ];
  const plan = chooseCollection(contents(blobs, records), { ...options, maxBytes: 1 });
  expect(labels(plan.records)).toEqual(['//x, before']);
  expect(plan.kept).toMatchObject({ bytes: 60, liveBytes: 60 });
});

test('blobs that this build has met stay, though no record leads to them', () => {
  const blobs = [blob('met', 10), blob('old', 10)];
  const pinned = { records: new Set<string>(), blobs: new Set([digestOf('met').hash]) };
  const facts = contents(blobs, [record('x, before', { outputs: ['met', 'old'], used: 0 })]);
  const plan = chooseCollection(facts, { ...options, maxBytes: 1, pinned });
  expect(labels(plan.records)).toEqual(['//x, before']);
  expect(plan.blobs).toEqual([blob('old', 10)]);
});

test('a label that no build has met for a month has no such right, unless this build has', () => {
  const blobs = [blob('out', 40)];
  const forgotten = record('x', { outputs: ['out'], used: 0, newest: NOW - LABEL_LIFETIME - 1 });
  const facts = contents(blobs, [forgotten]);
  expect(labels(chooseCollection(facts, { ...options, maxBytes: 1 }).records)).toEqual(['//x']);
  expect(chooseCollection(facts, { ...options, maxBytes: 40 }).records).toEqual([]);
  const pinned = { records: new Set([forgotten.record.key]), blobs: new Set<string>() };
  expect(chooseCollection(facts, { ...options, maxBytes: 1, pinned }).records).toEqual([]);
});

test('a blob that several results have goes with the last of them', () => {
  const blobs = [blob('shared', 50), blob('own', 50)];
  const records = [record('a', { outputs: ['shared'], used: 1 }), record('b', { outputs: ['shared', 'own'], used: 2 })];
  const plan = chooseCollection(contents(blobs, records), { ...options, maxBytes: 0 });
  expect(plan.blobs.map(({ hash }) => hash).sort()).toEqual(blobs.map(({ hash }) => hash).sort());
  expect(chooseCollection(contents(blobs, records), { ...options, maxBytes: 100 }).blobs).toEqual([]);
});

const name = fc.constantFrom(...'abcdefgh');
const anyRecord = fc.record({
  outputs: fc.uniqueArray(name, { maxLength: 3 }),
  inputs: fc.uniqueArray(name, { maxLength: 3 }),
  used: fc.nat(10),
  newest: fc.constantFrom(undefined, NOW, NOW - LABEL_LIFETIME * 2),
  isPinned: fc.boolean(),
});

test('whatever a store holds, no needed byte goes, no needless one stays, and the order is that of use', () => {
  fc.assert(
    fc.property(
      fc.array(anyRecord, { maxLength: 8 }),
      fc.dictionary(name, fc.nat(20)),
      fc.nat(100),
      (facts, sizes, maxBytes) => {
        const blobs = Object.entries(sizes).map(([each, bytes]) => blob(each, bytes));
        const records = facts.map(({ newest, ...each }, index) =>
          record(`r${index}`, { ...each, ...(newest === undefined ? {} : { newest }) }),
        );
        const pinned = new Set(
          facts.flatMap(({ isPinned }, index) => (isPinned ? [records[index]?.record.key ?? ''] : [])),
        );
        const plan = chooseCollection(contents(blobs, records), {
          ...options,
          maxBytes,
          pinned: { records: pinned, blobs: new Set() },
        });
        const gone = new Set<string>(plan.blobs.map(({ hash }) => hash));
        const evicted = new Set(plan.records);
        const kept = records.filter(each => !evicted.has(each));
        const live = records.filter(each => pinned.has(each.record.key) || (each.newest ?? 0) >= NOW - LABEL_LIFETIME);
        for (const each of live) expect(evicted).not.toContain(each);
        for (const { outputs } of kept) for (const hash of outputs) expect(gone).not.toContain(hash);
        for (const { inputs } of live) for (const hash of inputs) expect(gone).not.toContain(hash);
        const needed = new Set([...kept.flatMap(each => [...each.outputs]), ...live.flatMap(each => [...each.inputs])]);
        for (const { hash } of blobs) if (!needed.has(hash)) expect(gone).toContain(hash);
        const left = blobs.filter(({ hash }) => !gone.has(hash)).reduce((sum, { bytes }) => sum + bytes, 0);
        expect(plan.kept.bytes).toBe(left);
        expect(left <= maxBytes || left === plan.kept.liveBytes).toBe(true);
        const others = kept.filter(each => !live.includes(each));
        for (const each of evicted) for (const other of others) expect(each.used).toBeLessThanOrEqual(other.used);
      },
    ),
  );
});
