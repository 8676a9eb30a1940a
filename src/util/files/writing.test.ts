import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ok } from '../result.ts';
import { testFolder } from './test-folder.ts';
import { writing } from './writing.ts';

const WHAT = 'The list cannot be written';

test('what is written is given back', () => {
  expect(writing('/list', WHAT, () => ok(7))).toEqual({ ok: true, value: 7 });
});

test('what the system refuses is told with the place', () => {
  // A file in place of a folder stops root, too.
  const file = join(testFolder('writing'), 'file');
  writeFileSync(file, '');
  const path = join(file, 'list');
  const written = writing(path, WHAT, () => ok(writeFileSync(path, '')));
  expect(written).toEqual({
    ...{
      ok: false,
      error: { code: 'AIB_CANNOT_WRITE', what: WHAT, where: path, got: expect.stringContaining('ENOTDIR') },
    },
  });
});

test('a fault of aib is thrown', () => {
  const bug = new TypeError('a bug');
  expect(() =>
    writing('/list', WHAT, () => {
      throw bug;
    }),
  ).toThrow(bug);
});
