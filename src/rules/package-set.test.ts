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

  it('takes repositories elsewhere by their whole address, and the keys for them', () => {
    const set = packageSet(
      testConfig(`repos {
        "https://Packages.example.org/{v_version}/mine/" = true
        "/srv/mine" = mine
        "https://packages.example.org/unused" = false
      }
      repo_keys = ["keys/b.rsa.pub", "https://packages.example.org/a.rsa.pub", "keys/b.rsa.pub"]`),
    );
    expect(set).toMatchObject({
      ok: true,
      value: {
        repositories: [
          { path: 'https://packages.example.org/v3.20/mine/x86_64' },
          { path: '/srv/mine/x86_64', tag: 'mine' },
        ],
        repositoryKeys: ['https://packages.example.org/a.rsa.pub', 'keys/b.rsa.pub'],
      },
    });
  });

  it.each([
    ['repos { "https://me:secret@example.org/alpine" = true }', 'AIB_PASSWORD_IN_ADDRESS'],
    ['repos { "example.org/alpine" = true }', 'AIB_REPOSITORY'],
    ['repos { "https://dl-cdn.alpinelinux.org/alpine/../x" = true }', 'AIB_REPOSITORY'],
    ['repo_keys = ["keys/a.rsa.pub", "https://example.org/a.rsa.pub"]', 'AIB_REPOSITORY_KEY'],
    ['repo_keys = ["/etc/apk/keys/a.rsa.pub"]', 'AIB_REPOSITORY_KEY'],
    ['repo_keys = ["../a.rsa.pub"]', 'AIB_REPOSITORY_KEY'],
    ['repo_keys = ["https://example.org/"]', 'AIB_REPOSITORY_KEY'],
    ['repo_keys = ["https://me:secret@example.org/a.rsa.pub"]', 'AIB_PASSWORD_IN_ADDRESS'],
  ])('refuses %s: %s', (text, code) => {
    const refused = packageSet(testConfig(text));
    expect(refused).toMatchObject({ ok: false, error: { code, where: '//aws/x86_64/uefi/tiny@3.20' } });
    expect(JSON.stringify(refused)).not.toContain('secret');
  });

  it('is sorted, so that the order in a configuration changes nothing', () => {
    const set = packageSet(testConfig('packages { z = true, a = true, m = --no-scripts, sudo = false }'));
    expect(set).toMatchObject({ ok: true, value: { world: ['a', 'm', 'z'], noScripts: ['m'], delete: ['sudo'] } });
  });
});
