import { expect, test } from 'vitest';
import { proxyFor } from './proxy.ts';

function hostFor(url: string, environment: NodeJS.ProcessEnv): string | undefined {
  const proxy = proxyFor(new URL(url), environment);
  return typeof proxy === 'object' ? proxy.host : proxy;
}

test('each protocol has its variable, lower case first, and all_proxy stands in for both', () => {
  const both = { http_proxy: 'http://a:1', HTTP_PROXY: 'http://b:2', HTTPS_PROXY: 'http://c:3' };
  expect(hostFor('http://mirror.test/x', both)).toBe('a:1');
  expect(hostFor('https://mirror.test/x', both)).toBe('c:3');
  expect(hostFor('https://mirror.test/x', { http_proxy: 'http://a:1' })).toBeUndefined();
  expect(hostFor('https://mirror.test/x', { ALL_PROXY: 'proxy:3128' })).toBe('proxy:3128');
  expect(hostFor('http://mirror.test/x', {})).toBeUndefined();
  expect(hostFor('http://mirror.test/x', { http_proxy: ' ' })).toBeUndefined();
});

test.each([
  ['mirror.test', true],
  ['.test', true],
  ['*.test', true],
  ['other.test, mirror.test', true],
  ['other.test mirror.test', true],
  ['MIRROR.TEST', true],
  ['*', true],
  ['mirror.test:80', true],
  ['mirror.test:8080', false],
  ['irror.test', false],
  ['mirror.test.org', false],
  ['', false],
])('no_proxy = %j spares http://mirror.test: %s', (list, spared) => {
  expect(hostFor('http://mirror.test/alpine', { http_proxy: 'p:1', NO_PROXY: list }) === undefined).toBe(spared);
});

test('addresses are spared too, IPv6 with brackets or without', () => {
  for (const list of ['::1', '[::1]', '127.0.0.1,::1'])
    expect(hostFor('http://[::1]:8080/', { http_proxy: 'p:1', no_proxy: list }), list).toBeUndefined();
  expect(hostFor('http://127.0.0.1:8080/', { http_proxy: 'p:1', no_proxy: '127.0.0.1' })).toBeUndefined();
  expect(hostFor('http://127.0.0.2:8080/', { http_proxy: 'p:1', no_proxy: '127.0.0.1' })).toBe('p:1');
});

test('a password of the proxy is for connecting and never for messages', () => {
  const proxy = proxyFor(new URL('http://m.test'), { http_proxy: 'http://me:secret@p:1' });
  expect(proxy).toEqual({ url: 'http://me:secret@p:1/', host: 'p:1', variable: 'http_proxy' });
  expect(proxyFor(new URL('http://m.test'), { http_proxy: 'http://me:secret@:x' })).toBe(
    'http_proxy is not the address of a proxy',
  );
  expect(proxyFor(new URL('http://m.test'), { http_proxy: 'socks5://me:secret@p:1' })).toContain('socks5');
});
