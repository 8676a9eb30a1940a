import { expect, test } from 'vitest';
import { type Dependency, formatDependency, parseDependency, splitDependencies } from './dependency.ts';
import type { VersionOperator } from './version.ts';

function versioned(op: VersionOperator, version: string): Partial<Dependency> {
  return { constraint: { kind: 'version', op, version } };
}

test.each<[string, Partial<Dependency>]>([
  ['busybox', { name: 'busybox' }],
  ['!openntpd', { name: 'openntpd', conflict: true }],
  ['foo@edge', { name: 'foo', tag: 'edge' }],
  ['foo@edge>=1.2-r0', { name: 'foo', tag: 'edge', ...versioned('>=', '1.2-r0') }],
  ['!foo<2', { name: 'foo', conflict: true, ...versioned('<', '2') }],
  ['foo~1.2', { name: 'foo', ...versioned('~', '1.2') }],
  ['foo~=1.2', { name: 'foo', ...versioned('~', '1.2') }],
  ['foo>~1.2', { name: 'foo', ...versioned('>~', '1.2') }],
  ['foo=1.0~0abc', { name: 'foo', ...versioned('=', '1.0~0abc') }],
  ['foo><Q1abc=', { name: 'foo', constraint: { kind: 'checksum', checksum: 'Q1abc=' } }],
  ['so:libc.musl-x86_64.so.1', { name: 'so:libc.musl-x86_64.so.1' }],
  ['/bin/sh', { name: '/bin/sh' }],
  ['py3.12:requests=2.32.3-r0', { name: 'py3.12:requests', ...versioned('=', '2.32.3-r0') }],
  ['libstdc++', { name: 'libstdc++' }],
])('%s is read', (text, expected) => {
  expect(parseDependency(text)).toEqual({ ok: true, value: { conflict: false, ...expected } });
});

test('what is read can be written and read again', () => {
  for (const text of ['a', '!a', 'a@t', '!a@t>=1', 'a<~1.2', 'a><Q1abc=']) {
    const parsed = parseDependency(text);
    expect(parsed.ok && formatDependency(parsed.value)).toBe(text);
  }
});

test.each(['', '!', '@edge', 'foo@', '=1', 'foo=', 'foo==1', 'foo=>1', 'a b', '!!a', 'a@b@c'])(
  '%j is refused with its own text and a remedy',
  text => {
    const parsed = parseDependency(text);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'AIB_BAD_DEPENDENCY', got: JSON.stringify(text) } });
    expect(parsed.ok || parsed.error.hint).toBeTruthy();
  },
);

test.each(['foo=0..0', 'foo>=x', 'foo=1.0-beta', 'foo=v2.4'])('%s speaks of what has that very text', text => {
  const [, version = ''] = text.split(/[>=]+/);
  expect(parseDependency(text)).toMatchObject({ ok: true, value: { name: 'foo', constraint: { version } } });
});

test('words are separated by any white space', () => {
  expect(splitDependencies('  a b\n c\t')).toEqual(['a', 'b', 'c']);
  expect(splitDependencies('')).toEqual([]);
});
