import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { trustRoot } from './keys.ts';
import { checkRepositoryKey, keyName } from './repository-key.ts';
import { SAMPLE_KEY_NAME, SAMPLE_PUBLIC_KEY, sampleTrustRoot } from './sample-trust.ts';
import { makeKey, trusted } from './test-packages.ts';

const KEY = makeKey('mine.rsa.pub');
const SOURCE = 'https://packages.example.org/keys/mine.rsa.pub';
const root = trustRoot('alpine');
const [[ALPINE_NAME, ALPINE_PEM] = ['', '']] = root.keys;

function pem(type: 'rsa' | 'ed25519', bits = 2048): string {
  const { publicKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519');
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

describe('a key of repo_keys', () => {
  it('is called as its file, has one text however it is written, and a fingerprint', () => {
    const key = checkRepositoryKey(SOURCE, KEY.publicPem, root);
    expect(key).toMatchObject({ value: { name: 'mine.rsa.pub', pem: KEY.publicPem } });
    const old = createPublicKey(KEY.publicPem).export({ type: 'pkcs1', format: 'pem' }).toString();
    for (const text of [KEY.publicPem.replaceAll('\n', '\r\n'), `\n${KEY.publicPem}\n`, old])
      expect(checkRepositoryKey(SOURCE, text, root)).toEqual(key);
    expect(key.ok && key.value.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(key).not.toEqual(checkRepositoryKey(SOURCE, makeKey('x').publicPem, root));
  });

  it.each([
    ['https://example.org/a/me%40example.org-1.rsa.pub', 'me@example.org-1.rsa.pub'],
    ['keys/mine.rsa.pub', 'mine.rsa.pub'],
  ])('%s is called %s', (source, name) => expect(keyName(source)).toEqual({ ok: true, value: name }));

  it.each([
    'https://example.org/a%2Fb',
    'https://example.org/',
    'https://example.org',
    'keys/a b',
    'keys/..',
    'keys/-x',
    'k/%',
    'k/a?b',
  ])('%s gives no name of a key', source =>
    expect(keyName(source)).toMatchObject({ ok: false, error: { code: 'AIB_REPOSITORY_KEY' } }),
  );

  it.each([
    ['a private key', KEY.privatePem, 'a private key'],
    ['a web page', '<html>', '"<html>"'],
    ['a damaged key', KEY.publicPem.replace(/[A-Z]{3}/, 'xx'), ''],
    ['a key and something else', `${KEY.publicPem}${KEY.publicPem}`, ''],
    ['no RSA', pem('ed25519'), 'ed25519'],
    ['a short key', pem('rsa', 1024), '1024 bits'],
    ["Alpine's key", ALPINE_PEM, ALPINE_NAME],
    ["the samples' key, of which everybody has the other half", SAMPLE_PUBLIC_KEY, SAMPLE_KEY_NAME],
  ])('is not %s', (_, text, got) => {
    const refused = checkRepositoryKey(SOURCE, text, root);
    expect(refused).toMatchObject({ ok: false, error: { code: 'AIB_REPOSITORY_KEY', where: SOURCE } });
    expect(refused.ok ? '' : refused.error.got).toContain(got);
  });

  it('is never called as a key that is trusted already, and is none of those', () => {
    const other = makeKey('root.rsa.pub');
    const own = { ...sampleTrustRoot(), keys: trusted(other) };
    for (const [source, text] of [
      [`keys/${ALPINE_NAME}`, KEY.publicPem],
      ['keys/root.rsa.pub', KEY.publicPem],
      ['keys/mine.rsa.pub', other.publicPem],
    ] as const)
      expect(checkRepositoryKey(source, text, own)).toMatchObject({ error: { code: 'AIB_REPOSITORY_KEY' } });
  });
});
