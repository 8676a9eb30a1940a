import { expect, test } from 'vitest';
import { latestRelease, parseReleases, type Releases } from './releases.ts';

const BRANCH = {
  rel_branch: 'v3.20',
  git_branch: '3.20-stable',
  branch_date: '2024-05-22',
  eol_date: '2026-04-01',
  arches: ['aarch64', 'x86_64'],
  repos: [{ name: 'main' }, { name: 'community', eol_date: '2024-12-01' }],
  keys: {
    x86_64: [
      { url: 'https://example.org/keys/devel%20lists.example.org-6165ee59.rsa.pub', deprecated_since: '2026-01-01' },
    ],
  },
  releases: [
    { version: '3.20.0', date: '2024-05-22', notes: 'posts/x.md' },
    { version: '3.20.10', date: '2025-05-22' },
    { version: '3.20.9', date: '2025-01-22' },
  ],
};

function document(changes: object = {}): object {
  return {
    architectures: ['x86_64'],
    latest_stable: 'v3.20',
    release_branches: [
      { ...BRANCH, rel_branch: 'v3.9', releases: [{ version: '3.9.6', date: '2020-04-23' }] },
      BRANCH,
      { rel_branch: 'edge', git_branch: 'master', arches: ['x86_64'], repos: [{ name: 'main' }] },
      { ...BRANCH, rel_branch: 'v3.21', releases: [{ version: '3.21.0_rc1', date: '2024-11-22' }] },
    ],
    ...changes,
  };
}

function parsed(value: object): Releases {
  const result = parseReleases(JSON.stringify(value));
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

test('branches come newest first, by version and not by text, edge before all', () => {
  expect(parsed(document()).branches.map(branch => branch.name)).toEqual(['edge', '3.21', '3.20', '3.9']);
});

test('a branch is read with its dates, architectures, repositories, keys and releases', () => {
  expect(parsed(document()).branches[2]).toEqual({
    name: '3.20',
    folder: 'v3.20',
    date: '2024-05-22',
    endOfLife: '2026-04-01',
    architectures: ['aarch64', 'x86_64'],
    repositories: [{ name: 'main' }, { name: 'community', endOfLife: '2024-12-01' }],
    keys: new Map([
      [
        'x86_64',
        [
          {
            name: 'devel@lists.example.org-6165ee59.rsa.pub',
            url: 'https://example.org/keys/devel@lists.example.org-6165ee59.rsa.pub',
            deprecatedSince: '2026-01-01',
          },
        ],
      ],
    ]),
    releases: [
      { version: '3.20.10', date: '2025-05-22' },
      { version: '3.20.9', date: '2025-01-22' },
      { version: '3.20.0', date: '2024-05-22', notes: 'https://alpinelinux.org/posts/x.html' },
    ],
  });
});

test('a branch that lists no architectures has those of the document', () => {
  const { branches } = parsed(document({ release_branches: [{ ...BRANCH, arches: undefined }] }));
  expect(branches[0]?.architectures).toEqual(['x86_64']);
});

test('edge has no end of life and no releases', () => {
  const edge = parsed(document()).branches[0];
  expect(edge).toEqual({
    name: 'edge',
    folder: 'edge',
    architectures: ['x86_64'],
    repositories: [{ name: 'main' }],
    keys: new Map(),
    releases: [],
  });
  expect(edge && latestRelease(edge)).toBeUndefined();
});

test('the latest release is never a pre-release', () => {
  const { branches, latestStable } = parsed(document());
  expect(branches.map(branch => latestRelease(branch)?.version)).toEqual([undefined, undefined, '3.20.10', '3.9.6']);
  expect(latestStable.name).toBe('3.20');
});

test('without a word of the file the latest stable branch is the newest that released something', () => {
  expect(parsed(document({ latest_stable: undefined })).latestStable.name).toBe('3.20');
  expect(parsed(document({ latest_stable: 'v3.9' })).latestStable.name).toBe('3.9');
});

test.each([
  [[], 'the document should be an object', '[]'],
  [{}, 'release_branches should be an array', 'nothing'],
  [document({ latest_stable: 'v3.21' }), 'latest_stable should be a branch with a stable release', '"v3.21"'],
  [
    document({ release_branches: [{ ...BRANCH, rel_branch: '../etc' }] }),
    'release_branches[0].rel_branch should be',
    '"../etc"',
  ],
  [
    document({ release_branches: [{ ...BRANCH, eol_date: '2024-13-01' }] }),
    'release_branches[0].eol_date should be a date',
    '"2024-13-01"',
  ],
  [
    document({ release_branches: [{ ...BRANCH, arches: 'x86_64' }] }),
    'release_branches[0].arches should be an array',
    '"x86_64"',
  ],
  [
    document({ release_branches: [{ ...BRANCH, arches: ['a/b'] }] }),
    'release_branches[0].arches[0] should be',
    '"a/b"',
  ],
  [
    document({ release_branches: [BRANCH, { ...BRANCH, releases: [{ version: 3 }] }] }),
    'release_branches[1].releases[0].version should be',
    '3',
  ],
  [
    document({ release_branches: [{ ...BRANCH, keys: { x86_64: [{}] } }] }),
    'release_branches[0].keys.x86_64[0].url should be a URL',
    'nothing',
  ],
])('a document that is wrong is refused with the path inside it: case %#', (value, problem, got) => {
  const result = parseReleases(JSON.stringify(value), 'https://m/releases.json');
  expect(result).toMatchObject({
    ok: false,
    error: { code: 'AIB_BAD_RELEASES', what: expect.stringContaining(problem), got, where: 'https://m/releases.json' },
  });
});

test('what is no JSON is refused', () => {
  expect(parseReleases('<html>')).toMatchObject({
    ok: false,
    error: { code: 'AIB_BAD_RELEASES', what: expect.stringContaining('not JSON') },
  });
});
