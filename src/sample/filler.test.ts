import { expect, test } from 'vitest';
import { parseApkIndex } from '../alpine/package/apkindex.ts';
import { fillerRecords } from './filler.ts';

test('filler is records that an index may have, each of another package, the same every time', () => {
  const text = fillerRecords('aarch64', 2_000, 1_700_000_000);
  expect(fillerRecords('aarch64', 2_000, 1_700_000_000)).toBe(text);
  const parsed = parseApkIndex(text);
  const packages = parsed.ok ? parsed.value : expect.unreachable();
  expect(packages).toHaveLength(2_000);
  expect(new Set(packages.map(({ name }) => name)).size).toBe(2_000);
  expect(packages.every(({ name }) => name.startsWith('aib-filler-'))).toBe(true);
  expect(packages.every(({ arch }) => arch === 'aarch64')).toBe(true);
  expect(text).not.toContain('x86_64');
});
