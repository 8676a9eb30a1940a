import { expect, test } from 'vitest';
import { blobFiles, buildInChild, buildOnce, makeFolder, wrongBlobs } from './rig.ts';

test('the synthetic graph comes out the same wherever and in whatever order it is built', async () => {
  const folder = makeFolder();
  const graph = { sources: `${folder}/sources`, seed: 3, layers: 4, width: 6 };
  const one = await buildOnce({ ...graph, cache: `${folder}/one`, cpu: 1 });
  const four = await buildOnce({ ...graph, cache: `${folder}/four`, cpu: 4 });
  const child = await buildInChild({ ...graph, cache: `${folder}/child` }).outcome;
  expect(one).toMatchObject({ status: 'done', ran: 25, failures: [], notices: [] });
  expect(four).toEqual(one);
  expect(child).toEqual(one);
  expect(blobFiles(`${folder}/one`).length).toBeGreaterThan(25);
  expect(wrongBlobs(`${folder}/one`)).toEqual([]);
  expect(await buildOnce({ ...graph, cache: `${folder}/one` })).toEqual({ ...one, ran: 0 });
  const other = await buildOnce({ ...graph, seed: 4, cache: `${folder}/other` });
  expect(other.bytes).not.toBe(one.bytes);
});
