import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { trustRoot } from './keys.ts';

test("Alpine's root has readable RSA keys of at least 2048 bits under the names that signatures give", () => {
  const { name, keys } = trustRoot('alpine');
  expect(name).toBe('alpine');
  expect([...keys.keys()].map(file => file.slice(-16)).sort()).toEqual([
    '4a6a0840.rsa.pub',
    '5261cecb.rsa.pub',
    '58199dcc.rsa.pub',
    '6165ee59.rsa.pub',
    '616ae350.rsa.pub',
  ]);
  for (const [file, pem] of keys) {
    expect(file).toMatch(/^alpine-devel@lists\.alpinelinux\.org-[0-9a-f]{8}\.rsa\.pub$/);
    const key = createPublicKey(pem);
    expect(key.asymmetricKeyType).toBe('rsa');
    expect(key.asymmetricKeyDetails?.modulusLength).toBeGreaterThanOrEqual(2048);
  }
});
