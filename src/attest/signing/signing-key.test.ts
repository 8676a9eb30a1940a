import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { makeKeyFiles, readPublicKey, readSigningKey } from './signing-key.ts';

test('a new key is for its owner alone, and both of its files have the same name', () => {
  const path = join(testFolder('key'), 'ci.key');
  const made = makeKeyFiles(path);
  if (!made.ok) throw new Error(made.error.what);
  expect(made.value.id).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect(readFileSync(`${path}.pub`, 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  for (const read of [readSigningKey(path), readPublicKey(path), readPublicKey(`${path}.pub`)])
    expect(read).toMatchObject({ ok: true, value: { id: made.value.id } });
});

test.each(['', '.pub'])('a file KEY%s is never written over, and nothing of a pair is made beside it', ending => {
  const path = join(testFolder('key'), 'ci.key');
  writeFileSync(`${path}${ending}`, 'of mine');
  expect(makeKeyFiles(path)).toMatchObject({ ok: false, error: { code: 'AIB_KEY_FILE', where: `${path}${ending}` } });
  expect(readFileSync(`${path}${ending}`, 'utf8')).toBe('of mine');
  expect(existsSync(ending === '' ? `${path}.pub` : path)).toBe(false);
});

test('what is no such key is told in words', () => {
  const folder = testFolder('key');
  const made = makeKeyFiles(join(folder, 'ci.key'));
  const put = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const locked = generateKeyPairSync('ed25519').privateKey.export({
    ...{ type: 'pkcs8', format: 'pem' },
    ...{ cipher: 'aes-256-cbc', passphrase: 'x' },
  } as const);
  const got = (path: string) => {
    const read = readSigningKey(path);
    return read.ok ? undefined : [read.error.code, read.error.got];
  };
  expect(made.ok).toBe(true);
  expect(got(join(folder, 'ci.key.pub'))).toEqual(['AIB_KEY_FILE', 'not a private key']);
  expect(got(put('rsa', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })))).toEqual([
    'AIB_KEY_FILE',
    'a key of the type rsa',
  ]);
  expect(got(put('locked', locked))).toEqual(['AIB_KEY_FILE', 'not a key in PEM without a passphrase']);
  expect(got(put('noise', Buffer.alloc(1_000, 0xff)))).toEqual(['AIB_KEY_FILE', 'not a private key']);
  expect(got(put('large', Buffer.alloc(1 << 17)))).toEqual(['AIB_KEY_FILE', '131072 bytes; the limit is 65536']);
  expect(got(folder)).toEqual(['AIB_KEY_FILE', 'not a regular file']);
  expect(got(join(folder, 'none'))).toEqual(['AIB_KEY_FILE', expect.stringContaining('ENOENT')]);
});
