import { describe, expect, it } from 'vitest';
import { packageSet } from './package-set.ts';
import { testConfig } from './test-config.ts';

describe('the package set of a disk', () => {
  it('takes repositories by their path on the CDN, without those that are comments', () => {
    const set = packageSet(
      testConfig(`repos {
        "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true
        "https://dl-cdn.alpinelinux.org/alpine/{v_version}/community" = false
        "https://dl-cdn.alpinelinux.org/alpine/edge/testing/" = testing
      }`),
    );
    expect(set).toMatchObject({
      ok: true,
      value: {
        repositories: [{ path: 'v3.20/main/x86_64' }, { path: 'edge/testing/x86_64', tag: 'testing' }],
      },
    });
  });

  it('refuses a repository that no mirror of Alpine can stand in for', () => {
    expect(packageSet(testConfig('repos { "https://example.org/alpine" = true }'))).toMatchObject({
      ok: false,
      error: { code: 'AIB_REPOSITORY', what: expect.stringContaining('https://example.org/alpine') },
    });
  });

  it('is sorted, so that the order in a configuration changes nothing', () => {
    const set = packageSet(testConfig('packages { z = true, a = true, m = --no-scripts, sudo = false }'));
    expect(set).toMatchObject({ ok: true, value: { world: ['a', 'm', 'z'], noScripts: ['m'], delete: ['sudo'] } });
  });
});
