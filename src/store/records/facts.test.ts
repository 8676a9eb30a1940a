import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { digestOf } from '../content/digest.ts';
import { openStore, type Store } from '../store.ts';

const ID = digestOf('object').hash;
const KNOWN = { facts: { id: 'ami-1', region: 'eu-west-1' }, asked: 7 };

function open(folder: string): Store {
  const opened = openStore(folder, { now: Date.now, onNotice: line => expect.unreachable(line) });
  if (!opened.ok) throw new Error(opened.error.what);
  onTestFinished(() => opened.value.close());
  return opened.value;
}

test('what was said of an object is remembered by other processes, the newest answer alone', () => {
  const folder = testFolder('facts');
  const store = open(folder);
  expect(store.facts.get(ID)).toBeUndefined();
  store.facts.put(ID, { ...KNOWN, asked: 5 });
  store.facts.put(ID, KNOWN);
  expect(store.facts.get(ID)).toEqual(KNOWN);
  expect(open(folder).facts.get(ID)).toEqual(KNOWN);
  expect(open(folder).facts.get(digestOf('another').hash)).toBeUndefined();
});

test('what is forgotten is unknown, to other processes too', () => {
  const folder = testFolder('facts');
  const store = open(folder);
  const another = digestOf('another').hash;
  for (const id of [ID, another]) store.facts.put(id, KNOWN);
  // After this many lookups, all rows are read at once.
  for (let asked = 0; asked < 64; asked += 1) store.facts.get(ID);
  store.facts.forget(ID);
  for (const each of [store, open(folder)]) {
    expect(each.facts.get(ID)).toBeUndefined();
    expect(each.facts.get(another)).toEqual(KNOWN);
  }
});

test.each([
  ['facts', `'{"id":"ami-2","region":"eu-west-1"}'`],
  ['asked', '8'],
  ['crc', 'crc + 1'],
])('a memory with a damaged %s is none', (column, value) => {
  const folder = testFolder('facts');
  open(folder).facts.put(ID, KNOWN);
  const raw = new SQLite(join(folder, 'aib.db'));
  raw.exec(`UPDATE facts SET ${column} = ${value}`);
  raw.close();
  expect(open(folder).facts.get(ID)).toBeUndefined();
});
