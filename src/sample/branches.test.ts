import { expect, test } from 'vitest';
import { branchesOf } from './branches.ts';

test('the older version is the one before the userland, a day older', () => {
  expect(branchesOf({ release: '3.22.1', time: 1_000_000 }, undefined)).toMatchObject({
    value: [
      { name: '3.22', release: '3.22.1', time: 1_000_000, usrMerged: true, fullIndex: true },
      { name: '3.21', release: '3.21.4', time: 913_600, usrMerged: false, fullIndex: false },
    ],
  });
});

test("Alpine's own packages say which release the older version is, however much older", () => {
  expect(branchesOf({ release: '3.22.1', time: 1_000_000 }, { release: '3.19.1', time: 7 })).toMatchObject({
    value: [{ name: '3.22' }, { name: '3.19', release: '3.19.1', time: 7 }],
  });
});

test('packages of the newest version, or of a newer one, would have no stand-ins to go with', () => {
  for (const release of ['3.20.0', '3.21.2'])
    expect(branchesOf({ release: '3.20.3', time: 1 }, { release, time: 7 })).toMatchObject({
      ok: false,
      error: { code: 'AIB_BAD_PACKAGES', got: `packages of ${release}, a userland of 3.20.3` },
    });
});
