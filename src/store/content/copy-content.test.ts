import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { copyContent } from './copy-content.ts';

const MIB = 1 << 20;

/** A file of zeros, except for a few bytes. */
function makeSparse(path: string, size: number, at: readonly number[]): void {
  const file = openSync(path, 'w', 0o640);
  ftruncateSync(file, size);
  for (const place of at) writeSync(file, `here ${place}`, place);
  closeSync(file);
}

test.each([0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 17])(
  'a file of %i bytes comes out as it was, with its mode',
  async size => {
    const [source, target] = ['a', 'b'].map(name => join(testFolder('copy'), name)) as [string, string];
    writeFileSync(source, Buffer.alloc(size, 'content '), { mode: 0o640 });
    await copyContent(source, target);
    expect(readFileSync(target).equals(readFileSync(source))).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o640);
  },
);

test('a file with holes comes out with holes, to its last byte', async () => {
  const folder = testFolder('copy');
  const [source, target] = [join(folder, 'a'), join(folder, 'b')];
  makeSparse(source, 300 * MIB + 5, [0, 7 * MIB - 3, 200 * MIB]);
  await copyContent(source, target);
  expect(statSync(target).size).toBe(300 * MIB + 5);
  expect(statSync(target).blocks * 512).toBeLessThanOrEqual(8 * MIB);
  expect(readFileSync(target).equals(readFileSync(source))).toBe(true);
});

test('a copy heeds its signal in the middle', async context => {
  const folder = testFolder('copy');
  const [source, target] = [join(folder, 'a'), join(folder, 'b')];
  makeSparse(source, 64 * 1024 * MIB, []);
  const stop = new AbortController();
  const copied = copyContent(source, target, stop.signal).then(
    () => 'whole',
    error => error,
  );
  await new Promise(resolve => setImmediate(resolve));
  const began = performance.now();
  stop.abort();
  const end = await copied;
  if (end === 'whole') return context.skip('this filesystem shares blocks, which takes no time');
  expect(end).toBe(stop.signal.reason);
  expect(performance.now() - began).toBeLessThan(1_000);
});
