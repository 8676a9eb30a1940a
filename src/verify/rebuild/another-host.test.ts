import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { placeInOrder } from './another-host.ts';

test('what killed verifications left in memory goes, and nothing else', async () => {
  const folder = testFolder('places');
  // No process has this number.
  const names = ['aib-verify-999999999', `aib-verify-${process.ppid}`, 'aib-verify-x', 'other'];
  for (const name of names) {
    mkdirSync(join(folder, name, 'in'), { recursive: true });
    writeFileSync(join(folder, name, 'in/file'), '');
  }
  expect(await placeInOrder(folder)).toBe(join(folder, `aib-verify-${process.pid}`));
  expect(names.filter(name => existsSync(join(folder, name)))).toEqual(names.slice(1));
});
