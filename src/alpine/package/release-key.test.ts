import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signRelease } from '../../sample/sign-release.ts';
import { trustRoot } from './keys.ts';
import { checkReleaseKey, isSignedBy, type ReleaseKey, verifyRelease } from './release-key.ts';
import { sampleTrustRoot } from './sample-trust.ts';

const { fingerprint, armored = '' } = sampleTrustRoot().releaseSigner;
const KEY: ReleaseKey = { fingerprint, armored };
const ISO = Buffer.from('would be an ISO');
const folder = mkdtempSync(join(tmpdir(), 'aib-release-key-'));
const file = join(folder, 'iso');
let signature: string;

beforeAll(async () => {
  writeFileSync(file, ISO);
  signature = await signRelease(ISO, 1_725_580_800);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A test key like a real signer's, with a subkey for signing. */
async function signer(options: { readonly expires?: number; readonly date?: Date } = {}) {
  const { createMessage, generateKey, readKey, readPrivateKey, sign } = await import('openpgp');
  const made = await generateKey({
    type: 'ecc',
    userIDs: [{ name: 'somebody' }],
    subkeys: [{ sign: true }],
    format: 'armored',
    ...(options.date === undefined ? {} : { date: options.date }),
    ...(options.expires === undefined ? {} : { keyExpirationTime: options.expires }),
  });
  const key = await readKey({ armoredKey: made.publicKey });
  return {
    key: { fingerprint: key.getFingerprint().toUpperCase(), armored: made.publicKey } satisfies ReleaseKey,
    privateKey: made.privateKey,
    sign: async (content: Uint8Array, date?: Date) =>
      String(
        await sign({
          message: await createMessage({ binary: new Uint8Array(content) }),
          signingKeys: await readPrivateKey({ armoredKey: made.privateKey }),
          detached: true,
          ...(date === undefined ? {} : { date }),
        }),
      ),
  };
}

describe('the key', () => {
  test('counts by its fingerprint alone', async () => {
    expect(await checkReleaseKey(armored, fingerprint, 'here')).toMatchObject({ ok: true, value: { fingerprint } });
    const other = await signer();
    expect(await checkReleaseKey(other.key.armored, fingerprint, 'here')).toMatchObject({
      error: {
        code: 'AIB_RELEASE_KEY',
        where: 'here',
        got: expect.stringContaining(other.key.fingerprint.slice(0, 4)),
        hint: expect.stringContaining('32A3 D2BC FD9A 0875'),
      },
    });
  });

  test('of Alpine is pinned', () => {
    expect(trustRoot('alpine').releaseSigner.fingerprint).toBe('0482D84022F52DF1C4E7CD43293ACD0907D9495A');
  });

  test.each(['', '<html>not found</html>', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n'])(
    '%j is none',
    async text => {
      expect(await checkReleaseKey(text, fingerprint, 'here')).toMatchObject({ error: { code: 'AIB_RELEASE_KEY' } });
    },
  );

  test('that is private is refused, and not repeated', async () => {
    const { key, privateKey } = await signer();
    const refused = await checkReleaseKey(privateKey, key.fingerprint, 'here');
    expect(refused).toMatchObject({ error: { got: expect.stringContaining('private') } });
  });

  test('is kept in the same form however often it was read', async () => {
    const once = await checkReleaseKey(armored.replaceAll('\n', '\r\n'), fingerprint, 'here');
    const twice = await checkReleaseKey(once.ok ? once.value.armored : '', fingerprint, 'here');
    expect(twice).toEqual(once);
  });
});

describe('a signature', () => {
  test('of the file by the key is accepted', async () => {
    expect(await isSignedBy(KEY, signature, 'here')).toEqual({ ok: true, value: undefined });
    expect(await verifyRelease(file, signature, KEY, 'here')).toEqual({ ok: true, value: undefined });
  });

  test('is the same for the same bytes and day', async () => {
    expect(await signRelease(ISO, 1_725_580_800)).toBe(signature);
  });

  test('of other bytes is refused', async () => {
    const other = await signRelease(Buffer.from('another ISO'), 1_725_580_800);
    expect(await verifyRelease(file, other, KEY, 'here')).toMatchObject({
      error: { code: 'AIB_BAD_SIGNATURE', where: 'here', got: expect.stringContaining('did not match') },
    });
  });

  test('by another key is refused, and both are named', async () => {
    const other = await signer();
    const strange = await other.sign(ISO);
    for (const refused of [await isSignedBy(KEY, strange, 'here'), await verifyRelease(file, strange, KEY, 'here')])
      expect(refused).toMatchObject({
        error: { code: 'AIB_UNTRUSTED_KEY', hint: expect.stringContaining('32A3 D2BC') },
      });
  });

  test('by a part of the key that is for signing is accepted', async () => {
    const other = await signer();
    const text = await other.sign(ISO);
    expect(await isSignedBy(other.key, text, 'here')).toMatchObject({ ok: true });
    expect(await verifyRelease(file, text, other.key, 'here')).toMatchObject({ ok: true });
  });

  test('that was made while the key was good stays good after its end', async () => {
    const day = 86_400;
    const other = await signer({ date: new Date('2020-01-01'), expires: 30 * day });
    const text = await other.sign(ISO, new Date('2020-01-10'));
    expect(await verifyRelease(file, text, other.key, 'here')).toMatchObject({ ok: true });
  });

  test.each(['', 'text', '-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n'])(
    '%j is none',
    async text => {
      for (const refused of [await isSignedBy(KEY, text, 'here'), await verifyRelease(file, text, KEY, 'here')])
        expect(refused).toMatchObject({ error: { code: 'AIB_BAD_SIGNATURE' } });
    },
  );
});
