import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { remoteCaches } from './remote-caches.ts';

/** What a line of aib.local.conf means. */
function read(value: string, typed?: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const folder = testFolder('remote');
  const localConfig = join(folder, 'aib.local.conf');
  writeFileSync(localConfig, `remote_cache = ${value}\n`);
  return { folder, found: remoteCaches({ folder, localConfig }, typed, environment) };
}

test('a list is read in order, with what is allowed at each place', () => {
  const token = '{ url = "https://b.example/aib/", write = false, timeout = 5, token_file = secrets/token }';
  const { folder, found } = read(`[\n  /mnt/a # first\n  ${token}, http://c.example:81\n]`);
  const defaults = { write: true, timeout: 20, credentials: undefined };
  expect(found).toEqual({
    ok: true,
    value: [
      { type: 'folder', address: '/mnt/a', ...defaults },
      {
        type: 'http',
        address: 'https://b.example/aib',
        write: false,
        timeout: 5,
        credentials: { scheme: 'token', from: 'file', place: join(folder, 'secrets/token') },
      },
      { type: 'http', address: 'http://c.example:81', ...defaults },
    ],
  });
});

test('the option replaces the variable, and the variable the file', () => {
  const environment = { AIB_REMOTE_CACHE: '[http://b.example, { url = /c, write = false }]' };
  const addresses = (typed?: readonly string[]) => {
    const { found } = read('/a', typed, environment);
    return found.ok ? found.value.map(({ address }) => address) : expect.unreachable();
  };
  expect(addresses()).toEqual(['http://b.example', '/c']);
  expect(addresses(['http://d.example'])).toEqual(['http://d.example']);
});

test.each([
  ['s3://bucket', 'AIB_CONFIG_VALUE'],
  ['http://me:s3cr3t@host', 'AIB_PASSWORD_IN_ADDRESS'],
  ['"http://host/?token=s3cr3t"', 'AIB_CONFIG_VALUE'],
  ['{ write = false }', 'AIB_CONFIG_VALUE'],
  ['{ url = /a, write = maybe }', 'AIB_CONFIG_VALUE'],
  ['{ url = /a, token = s3cr3t }', 'AIB_CONFIG_VALUE'],
  ['{ url = /a, timeout = 0 }', 'AIB_CONFIG_VALUE'],
  ['{ url = /a, token_env = A, login_env = B }', 'AIB_CONFIG_VALUE'],
  ['{ url = /a', 'AIB_CONFIG_SYNTAX'],
])('%s is refused, and no secret is in the message', (value, code) => {
  const { found } = read(value);
  expect(found).toMatchObject({ ok: false, error: { code } });
  if (code !== 'AIB_CONFIG_SYNTAX') expect(JSON.stringify(found)).not.toContain('s3cr3t');
});
