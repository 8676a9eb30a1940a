/**
 * A first Ctrl-C in every phase that can take long: reading sources, hashing blobs, placing inputs, storing outputs, and checking the
 * store.
 */
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { LeafNode } from '../../src/engine/model/graph.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { scrub } from '../../src/store/upkeep/scrub.ts';
import { edge, label, makeRig, reopen, shell } from './rig.ts';

/** Bytes: about ten seconds of hashing, but no space on the disk, because the file is one hole. */
const LARGE = 16 * 1024 ** 3;
/** Milliseconds. */
const SOON = 2_000;

function makeLarge(path: string, size = LARGE): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  closeSync(file);
}

/** Aborts a moment after the call, when the next step is in progress. */
function stopper() {
  const stop = new AbortController();
  let stopped = 0;
  const soon = (): void =>
    void setTimeout(() => {
      stopped = performance.now();
      stop.abort();
    }, 300);
  return { signal: stop.signal, soon, since: () => performance.now() - stopped };
}

const source = (path: string): LeafNode => sourceNode({ label: label('large'), path });

test('a large source is not read to its end', async () => {
  const rig = makeRig();
  const path = join(rig.folder, 'large');
  makeLarge(path);
  const { signal, soon, since } = stopper();
  soon();
  const built = await rig.build([source(path)], ['large'], { signal });
  expect(since()).toBeLessThan(SOON);
  expect(built.status).toBe('interrupted');
  expect([built.outputs.size, built.failures.size]).toEqual([0, 0]);
});

test('a large output is not taken in, and its action was cancelled', async () => {
  const rig = makeRig();
  const { signal, soon, since } = stopper();
  const built = await rig.build([shell('large', `truncate -s ${LARGE} out; echo "aib: made"`)], ['large'], {
    signal,
    emit: event => event.type === 'progress' && soon(),
  });
  expect(since()).toBeLessThan(SOON);
  expect(built.status).toBe('interrupted');
  expect(built.events.map(({ type }) => type)).toContain('cancelled');
  expect(readdirSync(join(rig.folder, 'cache/records'))).toEqual([]);
});

test('a large blob whose tuple is another is not hashed to its end, and stays', async () => {
  const rig = makeRig();
  const nodes = [shell('made', 'echo small > out'), shell('user', 'cp in out; echo x >> out', { in: edge('made') })];
  const first = await rig.build(nodes, ['made']);
  const digest = first.outputs.get(label('made'))?.out?.digest;
  if (digest === undefined) throw new Error('nothing was made');
  const blob = rig.store.blobs.path(digest);
  chmodSync(blob, 0o644);
  truncateSync(blob, LARGE);
  utimesSync(blob, 1, 1);
  const { signal, soon, since } = stopper();
  soon();
  // Like a later process, which knows no blob yet.
  const store = reopen(rig.store.folder);
  onTestFinished(() => store.close());
  const built = await rig.build(nodes, ['user'], { store, signal });
  expect(since()).toBeLessThan(SOON);
  expect(built.status).toBe('interrupted');
  // The blob was not judged.
  expect(readdirSync(join(blob, '..'))).toHaveLength(1);
});

test.each([
  ['large', 1, LARGE],
  ['many', 8_000, 1_000_000],
])('a store is not looked through to its end when its blobs are %s', async (_, count, size) => {
  const rig = makeRig();
  const folder = join(rig.store.folder, 'blobs/ab');
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < count; number += 1)
    makeLarge(join(folder, `ab${String(number).padStart(62, '0')}`), size);
  const { signal, soon, since } = stopper();
  soon();
  const scrubbed = scrub(rig.store, { deep: true, mend: false, signal });
  await expect(scrubbed).rejects.toMatchObject({ name: 'AbortError' });
  expect(since()).toBeLessThan(SOON);
});
