import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exclusively } from './exclusive.ts';
import { testFolder } from './test-folder.ts';

it('lets processes change a file one after the other, so that nothing is lost', async () => {
  const file = join(testFolder('exclusive'), 'count');
  writeFileSync(file, '0');
  const program = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { exclusively } from ${JSON.stringify(join(import.meta.dirname, 'exclusive.ts'))};
    const file = ${JSON.stringify(file)};
    for (let round = 0; round < 50; round += 1)
      exclusively(file, () => writeFileSync(file, String(Number(readFileSync(file, 'utf8')) + 1)));`;
  const words = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '-e', program];
  await Promise.all(Array.from({ length: 4 }, () => new Promise(done => execFile(process.execPath, words, done))));
  expect(readFileSync(file, 'utf8')).toBe('200');
  expect(existsSync(`${file}.lock`)).toBe(false);
});

it('does not wait for a process that is gone, and lets go when the work fails', () => {
  const file = join(testFolder('exclusive'), 'count');
  // No process has this number.
  writeFileSync(`${file}.lock`, '4194305');
  expect(exclusively(file, () => 'done')).toBe('done');
  expect(() =>
    exclusively(file, () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(existsSync(`${file}.lock`)).toBe(false);
});
