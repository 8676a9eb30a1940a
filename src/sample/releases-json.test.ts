import { expect, test } from 'vitest';
import { parseReleases } from '../alpine/locking/releases.ts';
import type { Branch } from './branch.ts';
import { releasesJson } from './releases-json.ts';

const BRANCHES: readonly Branch[] = [
  { name: '3.20', release: '3.20.3', time: 1_725_580_800, usrMerged: true, fullIndex: true },
  { name: '3.19', release: '3.19.4', time: 1_725_494_400, usrMerged: false, fullIndex: false },
];

test.each([[['x86_64'] as const], [['x86_64', 'aarch64'] as const]])(
  'every branch serves %j, by our own reader',
  archs => {
    const releases = parseReleases(releasesJson(BRANCHES, archs));
    const { branches } = releases.ok ? releases.value : expect.unreachable(releases.error.what);
    expect(branches).toMatchObject([
      { name: '3.20', architectures: archs, releases: [{ version: '3.20.3', date: '2024-09-06' }] },
      { name: '3.19', architectures: archs, releases: [{ version: '3.19.4', date: '2024-09-05' }] },
    ]);
  },
);
