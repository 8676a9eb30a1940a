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

test('a branch is read with its end of life, architectures and releases', () => {
  expect(parsed(document()).branches[2]).toEqual({
    name: '3.20',
    folder: 'v3.20',
    endOfLife: '2026-04-01',
    architectures: ['aarch64', 'x86_64'],
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

test.each([
  { eol_date: '1.4.2012' },
  { arches: 'x86' },
  { releases: [{ version: '2.7.0', date: 'last winter' }] },
  { releases: [{ version: 'two', date: '2014-01-01' }] },
  { releases: 'none' },
  { rel_branch: '2.7-legacy' },
  { rel_branch: undefined },
])('a branch that nobody configured may be as odd as %j', change => {
  const value = document({ release_branches: [{ ...BRANCH, rel_branch: 'v2.7', ...change }, BRANCH] });
  const text = JSON.stringify(value);
  const lenient = parseReleases(text, 'releases.json', ['3.20']);
  expect(lenient.ok && lenient.value.branches.map(({ name }) => name)).toEqual(['3.20']);
  expect(lenient.ok && lenient.value.passedOver).toEqual([expect.stringContaining('release_branches[0].')]);
  expect(parseReleases(text, 'releases.json')).toMatchObject({ error: { code: 'AIB_BAD_RELEASES' } });
  if (change.rel_branch === undefined && !('rel_branch' in change))
    expect(parseReleases(text, 'releases.json', ['2.7', '3.20'])).toMatchObject({
      error: { code: 'AIB_BAD_RELEASES' },
    });
});

test.each([
  ['branch_date', 'soon'],
  ['keys', { x86_64: [{}] }],
  ['repos', 'main'],
  ['git_branch', 7],
])('what aib has no use for, such as %s, may be anything', (key, value) => {
  const { branches } = parsed(document({ release_branches: [{ ...BRANCH, [key]: value }] }));
  expect(branches[0]?.releases).toHaveLength(3);
});

test.each([7, 'posts/a b.md', '<a href>', {}])('notes that are %j are left out', notes => {
  const releases = [{ version: '3.20.1', date: '2024-06-01', notes }];
  const { branches } = parsed(document({ release_branches: [{ ...BRANCH, releases }] }));
  expect(branches[0]?.releases).toEqual([{ version: '3.20.1', date: '2024-06-01' }]);
});
