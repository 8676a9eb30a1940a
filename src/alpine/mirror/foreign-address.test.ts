import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressWords, beginsWithHost, foreignAddress, hostOf, isForeign } from './foreign-address.ts';

describe('the address of a foreign repository', () => {
  it.each([
    ['https://packages.example.org/alpine/mine', 'https://packages.example.org/alpine/mine'],
    ['https://Packages.Example.org:443/alpine/./mine/', 'https://packages.example.org/alpine/mine'],
    ['http://127.0.0.1:8080/mine', 'http://127.0.0.1:8080/mine'],
    ['https://packages.example.org', 'https://packages.example.org'],
    ['/srv/mine/', '/srv/mine'],
    ['file:///srv/x/../mine', '/srv/mine'],
  ])('%s stands in the lock as %s', (address, expected) => {
    expect(foreignAddress(address)).toEqual({ ok: true, value: expected });
  });

  it.each([
    ['https://me:secret@packages.example.org/mine', 'AIB_PASSWORD_IN_ADDRESS'],
    ['https://packages.example.org/mine?x=1', 'AIB_BAD_MIRROR'],
    ['ftp://packages.example.org/mine', 'AIB_BAD_MIRROR'],
    ['file://elsewhere/mine', 'AIB_BAD_MIRROR'],
    ['https://packages.example.org/a//b', 'AIB_REPOSITORY'],
    ['srv/mine', 'AIB_REPOSITORY'],
    ['/', 'AIB_REPOSITORY'],
    ['', 'AIB_REPOSITORY'],
  ])('%s is none: %s', (address, code) => {
    const refused = foreignAddress(address);
    expect(refused).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(refused)).not.toContain('secret');
  });

  it('is told from a path on a mirror', () => {
    expect(['v3.20/main/x86_64', 'edge/testing/x86_64'].map(isForeign)).toEqual([false, false]);
    expect(['https://example.org/x86_64', '/srv/x86_64'].map(isForeign)).toEqual([true, true]);
  });

  it('has the host with its port, a folder none', () => {
    expect([hostOf('http://example.org:81/a'), hostOf('/srv/a'), hostOf('keys/a')]).toEqual([
      'example.org:81',
      undefined,
      undefined,
    ]);
  });
});

describe('the words of an address', () => {
  it.each([
    ['https://packages.example.org/alpine/mine', 'packages.example.org/alpine/mine'],
    ['http://packages.example.org/mine', 'packages.example.org+80/mine'],
    ['https://edge/main/x86_64', 'edge+443/main/x86_64'],
    ['http://[::1]:81/mine', '[__1]+81/mine'],
    ['https://example.org/@me:x', 'example.org/%40me%3Ax'],
    ['/srv/@mine', 'file+/srv/%40mine'],
    ['v3.20/main/x86_64', 'v3.20/main/x86_64'],
  ])('%s: %s', (address, words) => expect(addressWords(address)).toBe(words));

  it('are no label of Alpine, and no two repositories have the same', () => {
    const host = fc.constantFrom('edge', 'a.org', 'v3.a', 'file', '127.0.0.1', 'localhost', '[::1]');
    const port = fc.constantFrom('', ':80', ':443', ':8080');
    // Both schemes on one port mean the same repository.
    const scheme = fc.constantFrom('http', 'https');
    const path = fc.constantFrom('', '/a', '/a/b', '/main', '/srv', '/srv/a');
    const web = fc
      .tuple(scheme, host, port, path)
      .filter(([by, , at]) => !(by === 'http' && /443|8080/.test(at)) && !(by === 'https' && at === ':80'))
      .map(parts => `${parts[0]}://${parts[1]}${parts[2]}${parts[3]}`);
    const folder = fc.constantFrom('/srv', '/srv/a', '/a', '/main');
    const address = fc.oneof(web, folder).map(text => {
      const made = foreignAddress(text);
      return made.ok ? made.value : expect.unreachable(text);
    });
    fc.assert(
      fc.property(address, address, (one, other) => {
        expect(addressWords(one) === addressWords(other)).toBe(one === other);
        expect(beginsWithHost(addressWords(one).split('/'))).toBe(true);
      }),
    );
    for (const word of ['v3.20', '3.20', 'edge', 'latest-stable']) expect(beginsWithHost([word])).toBe(false);
  });
});
