import { describe, expect, it } from 'vitest';
import type { PackageSet } from './package-set.ts';
import { trustedSources } from './repository-trust.ts';

const [A, B] = ['https://a.org/x86_64', 'https://b.org/x86_64'];
const [AT_A, AT_B, ELSEWHERE, FILE] = [
  'https://a.org/a.pub',
  'https://b.org/b.pub',
  'https://keys.org/k.pub',
  'keys/f.pub',
];

function set(repositories: readonly string[], repositoryKeys: readonly string[]): PackageSet {
  const refs = repositories.map(path => ({ path }));
  return { world: [], noScripts: [], delete: [], repositories: refs, repositoryKeys };
}

function trustedOf(...sets: readonly PackageSet[]) {
  const found = trustedSources(sets);
  return found.ok ? Object.fromEntries(found.value.trusted) : found.error.code;
}

describe('the keys that count for a foreign repository', () => {
  it('are those of its own host and those of no repository; none of another', () => {
    const all = [AT_A, AT_B, ELSEWHERE, FILE];
    expect(trustedOf(set([A, B, '/srv/x86_64'], all))).toEqual({
      [A]: [AT_A, ELSEWHERE, FILE],
      [B]: [AT_B, ELSEWHERE, FILE],
      '/srv/x86_64': [ELSEWHERE, FILE],
    });
  });

  it('are none of the host of a repository that only other images have', () => {
    expect(trustedOf(set([A], [AT_A]), set([B], [AT_A, AT_B]))).toEqual({ [A]: [AT_A], [B]: [AT_B] });
  });

  it('are those that each image gives that has it', () => {
    expect(trustedOf(set([A], [FILE, AT_A]), set([A], [FILE, ELSEWHERE]))).toEqual({ [A]: [FILE] });
  });

  it.each([
    ['no image gives any', [set([A], [])]],
    ['there are only those of another', [set([A, B], [AT_B])]],
    ['no two images agree', [set([A], [FILE]), set([A], [AT_A])]],
  ])('must be there: not where %s', (_, sets) => expect(trustedOf(...sets)).toBe('AIB_REPOSITORY'));

  it("never count for Alpine's, and Alpine needs none", () => {
    expect(trustedOf(set(['v3.20/main/x86_64'], [FILE]))).toEqual({});
    expect(trustedOf(set(['v3.20/main/x86_64'], []))).toEqual({});
  });

  it('are all named for the lock, of whatever use they are', () => {
    const found = trustedSources([set([], [FILE]), set([A], [AT_A, FILE])]);
    expect(found.ok && found.value.sources).toEqual([AT_A, FILE]);
  });
});
