import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../util/files/test-folder.ts';
import { authorizationFor } from './netrc.ts';

function netrc(text: string): NodeJS.ProcessEnv {
  const folder = testFolder('netrc');
  writeFileSync(join(folder, '.netrc'), text);
  return { HOME: folder };
}

function plain(host: string, environment: NodeJS.ProcessEnv): string | undefined {
  const header = authorizationFor(host, environment);
  return header && Buffer.from(header.replace('Basic ', ''), 'base64').toString();
}

test('a host has the name and password of its entry, whatever the lines', () => {
  const home = netrc(
    '# mine\nmachine a.test login me password s3cret\nmachine B.test\n  login you\n  password two # old\n',
  );
  expect(plain('a.test', home)).toBe('me:s3cret');
  expect(plain('b.test', home)).toBe('you:two');
  expect(plain('c.test', home)).toBeUndefined();
});

test('the default counts for hosts that have no entry of their own, and macros are passed over', () => {
  const home = netrc('macdef init\nmachine evil login x\n\nmachine a.test login me password s\ndefault login any\n');
  expect(plain('a.test', home)).toBe('me:s');
  expect(plain('other.test', home)).toBe('any:');
});

test('NETRC names another file, and none at all is no error', () => {
  const { HOME = '' } = netrc('machine a.test login me password s');
  expect(plain('a.test', { HOME: '/nowhere', NETRC: join(HOME, '.netrc') })).toBe('me:s');
  expect(plain('a.test', { HOME: '/nowhere' })).toBeUndefined();
});
