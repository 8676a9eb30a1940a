import { describe, expect, it } from 'vitest';
import { digestOf } from '../../store/content/digest.ts';
import { fail, ok } from '../../util/result.ts';
import { withSecdb } from '../mirror/derived-mirror.ts';
import type { FetchOptions, Mirror } from '../mirror/mirror.ts';
import { fetchSecdb, findSecdbs, repositoryOf } from './fetch-secdb.ts';

const { signal } = new AbortController();
const text = (repository: string) => {
  const [folder, name] = repository.split('/');
  return JSON.stringify({ distroversion: folder, reponame: name, packages: [] });
};

/** Serves these texts by path, and records the requests. */
function mirrorOf(
  files: Readonly<Record<string, string>>,
  code: 'AIB_MIRROR_NOT_FOUND' | 'AIB_MIRROR_UNREACHABLE' = 'AIB_MIRROR_NOT_FOUND',
) {
  const asked: string[] = [];
  const fetch = async (path: string, options: FetchOptions<Uint8Array>) => {
    asked.push(path);
    const content = files[path];
    if (content === undefined) return fail({ code, what: path });
    const bytes = Buffer.from(content);
    return options.accept === undefined ? ok(bytes) : options.accept(bytes, path);
  };
  const places = [{ kind: 'folder', spec: '/srv/alpine' }];
  return { mirror: { places, fetch, fetchTo: () => {}, locate: (path: string) => path } as unknown as Mirror, asked };
}

describe('a security database', () => {
  it('is the one of its repository, or none', async () => {
    const { mirror } = mirrorOf({
      'secdb/v3.20/main.json': text('v3.20/main'),
      'secdb/v3.19/main.json': text('v3.20/main'),
    });
    expect(await fetchSecdb(mirror, 'v3.20/main', { signal })).toMatchObject({
      value: { db: { folder: 'v3.20', repository: 'main' }, digest: digestOf(Buffer.from(text('v3.20/main'))) },
    });
    expect(await fetchSecdb(mirror, 'v3.19/main', { signal })).toMatchObject({
      error: { code: 'AIB_BAD_SECDB', got: 'v3.20/main, expected v3.19/main' },
    });
  });

  it('comes from the mirror, else from the site where Alpine keeps it', async () => {
    const own = mirrorOf({ 'secdb/v3.20/main.json': text('v3.20/main') });
    const site = mirrorOf({ 'v3.20/community.json': text('v3.20/community') });
    const mirror = withSecdb(own.mirror, site.mirror);
    for (const repository of ['v3.20/main', 'v3.20/community'])
      expect(await fetchSecdb(mirror, repository, { signal })).toMatchObject({ ok: true });
    expect(site.asked).toEqual(['v3.20/community.json']);
  });

  it('is asked for of each repository, and of none behind a site that cannot be reached', async () => {
    const some = mirrorOf({ 'secdb/v3.20/main.json': text('v3.20/main') });
    const repositories = ['v3.20/testing', 'v3.20/main'];
    const found = await findSecdbs(some.mirror, repositories, signal);
    expect(found.ok ? [Object.keys(found.value.digests), [...found.value.missing.keys()]] : found).toEqual([
      ['v3.20/main'],
      [],
    ]);
    const none = mirrorOf({}, 'AIB_MIRROR_UNREACHABLE');
    const down = await findSecdbs(none.mirror, repositories, signal);
    expect(down.ok ? [...down.value.missing.keys()] : down).toEqual(repositories);
    expect(none.asked).toEqual(['secdb/v3.20/testing.json']);
  });
});

it('the repository of an index is its path without the architecture', () => {
  expect(repositoryOf('v3.20/main/x86_64')).toBe('v3.20/main');
});
