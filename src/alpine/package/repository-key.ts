/**
 * Checks a key that a configuration names for foreign repositories. Never accepts a key of Alpine or of samples, or one with their name:
 * their names in /etc/apk/keys are reserved.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { fail, ok, type Result } from '../../util/result.ts';
import { type TrustRoot, trustRoot } from './keys.ts';
import { sampleTrustRoot } from './sample-trust.ts';

export interface RepositoryKey {
  /** As in /etc/apk/keys and in the names of signatures. */
  readonly name: string;
  /** The same key always has the same text. */
  readonly pem: string;
  /** SHA-256 of the key, in hex digits. */
  readonly fingerprint: string;
}

/** Other names apk does not read, or misreads. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/;

/** Shorter keys can be broken. */
const FEWEST_BITS = 2048;

/** `https://example.org/keys/me%40example.org-1.rsa.pub` → `me@example.org-1.rsa.pub`; `source` is as in repo_keys. */
export function keyName(source: string): Result<string> {
  // A host alone is not a file.
  let name = source.replace(/^[a-z]+:\/\/[^/]*$/, '').replace(/^.*\//, '');
  try {
    name = decodeURIComponent(name);
  } catch {
    // The undecoded name has a percent sign and is refused below.
  }
  if (NAME.test(name)) return ok(name);
  return fail({
    code: 'AIB_REPOSITORY_KEY',
    what: `Invalid name of a key: ${JSON.stringify(name)}`,
    where: source,
    hint: 'use the name in the signatures of the repository, such as me@example.org-5e69ca50.rsa.pub',
  });
}

/** `text` is the content of `source`, or the key from there in the lock. */
export function checkRepositoryKey(source: string, text: string, root: TrustRoot): Result<RepositoryKey> {
  const name = keyName(source);
  if (!name.ok) return name;
  const refused = (got: string, hint: string): Result<never> =>
    fail({ code: 'AIB_REPOSITORY_KEY', what: `The key ${name.value} cannot be used`, where: source, got, hint });
  const isPublic = /^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----\n[A-Za-z0-9+/=\s]+-----END (?:RSA )?PUBLIC KEY-----\s*$/;
  if (!isPublic.test(text.replaceAll('\r\n', '\n')))
    return refused(whatItIs(text), 'name the public key of the repository, a file that begins with BEGIN PUBLIC KEY');
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch (error) {
    return refused((error as Error).message, 'fetch it again');
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < FEWEST_BITS)
    return refused(`${key.asymmetricKeyType}, ${bits} bits`, `use an RSA key of at least ${FEWEST_BITS} bits`);
  const fingerprint = fingerprintOf(key);
  for (const [other, pem] of [...root.keys, ...trustRoot('alpine').keys, ...sampleTrustRoot().keys]) {
    if (other === name.value || fingerprintOf(createPublicKey(pem)) === fingerprint)
      return refused(
        `it is ${other}, or has its name`,
        'remove it from repo_keys: Alpine and samples have their own keys',
      );
  }
  return ok({ name: name.value, pem: key.export({ type: 'spki', format: 'pem' }).toString(), fingerprint });
}

function whatItIs(text: string): string {
  if (text.includes('PRIVATE KEY')) return 'a private key, which must stay secret';
  return JSON.stringify(text.slice(0, 40));
}

function fingerprintOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
