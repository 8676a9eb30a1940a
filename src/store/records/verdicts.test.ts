import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { digestOf } from '../content/digest.ts';
import { openStore, type Store } from '../store.ts';
import type { Verdict } from './verdicts.ts';

const KEY = digestOf('action').hash;
const MADE = {
  disk: { type: 'file', digest: digestOf('disk') },
  installed: { type: 'file', digest: digestOf('installed') },
} as const;
const SAME: Verdict = { outcome: 'bit-identical', chain: 'different', varied: ['cpu'], verified: 7 };

function open(folder: string): Store {
  const opened = openStore(folder, { now: Date.now, onNotice: line => expect.unreachable(line) });
  if (!opened.ok) throw new Error(opened.error.what);
  onTestFinished(() => opened.value.close());
  return opened.value;
}

test('the newest verdict is remembered by other processes, in whatever order the outputs come', () => {
  const folder = testFolder('verdicts');
  const store = open(folder);
  expect(store.verdicts.get(KEY, MADE)).toBeUndefined();
  store.verdicts.put(KEY, MADE, { ...SAME, outcome: 'failed' });
  store.verdicts.put(KEY, MADE, SAME);
  const turned = Object.fromEntries(Object.entries(MADE).reverse());
  for (const each of [store, open(folder)]) expect(each.verdicts.get(KEY, turned)).toEqual(SAME);
});

test('it says nothing of other bytes, another right to be executed, or another action', () => {
  const { verdicts } = open(testFolder('verdicts'));
  verdicts.put(KEY, MADE, SAME);
  for (const other of [
    { ...MADE, disk: { type: 'file', digest: digestOf('another disk') } },
    { ...MADE, disk: { type: 'file', digest: digestOf('disk'), executable: true } },
    { disk: MADE.disk },
  ] as const)
    expect(verdicts.get(KEY, other)).toBeUndefined();
  expect(verdicts.get(digestOf('another action').hash, MADE)).toBeUndefined();
});

test.each([
  ['outputs', `'${'0'.repeat(64)}'`],
  ['verdict', `replace(verdict, 'different', 'bit-identical')`],
  ['crc', 'crc + 1'],
])('one with a damaged %s is none', (column, value) => {
  const folder = testFolder('verdicts');
  open(folder).verdicts.put(KEY, MADE, SAME);
  const raw = new SQLite(join(folder, 'aib.db'));
  raw.exec(`UPDATE verdicts SET ${column} = ${value}`);
  raw.close();
  expect(open(folder).verdicts.get(KEY, MADE)).toBeUndefined();
});

test('it goes with the record of its action', () => {
  const { verdicts, records } = open(testFolder('verdicts'));
  const kept = digestOf('kept').hash;
  const outputs = { disk: { ...MADE.disk, path: 'disk' }, installed: { ...MADE.installed, path: 'installed' } };
  records.commit({ key: kept, label: '//kept', kind: 'disk', outputs }, 1);
  for (const key of [KEY, kept]) verdicts.put(key, MADE, SAME);
  verdicts.prune();
  expect(verdicts.get(KEY, MADE)).toBeUndefined();
  expect(verdicts.get(kept, MADE)).toEqual(SAME);
});
