/**
 * Creates and reads Ed25519 keys as PEM; the id of a key is the SHA-256 of the public key's SPKI form in DER, in hex. Never overwrites a
 * file, and never leaves a private key readable for others.
 *
 *     FILE      -----BEGIN PRIVATE KEY-----   PKCS#8, mode 0600
 *     FILE.pub  -----BEGIN PUBLIC KEY-----    SPKI
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { lstatSync, writeFileSync } from 'node:fs';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { readWhole } from './record-file.ts';

export interface PublicKey {
  /** 64 hex digits. */
  readonly id: string;
  readonly key: KeyObject;
  readonly pem: string;
}

export interface SigningKey extends PublicKey {
  readonly privateKey: KeyObject;
}

/** A limit; a key has a few hundred bytes. */
const MOST_BYTES = 1 << 16;

export function makeKeyFiles(path: string): Result<PublicKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const files = [
    [path, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600],
    [`${path}.pub`, publicKey.export({ type: 'spki', format: 'pem' }), 0o644],
  ] as const;
  const there = files.find(([file]) => lstatSync(file, { throwIfNoEntry: false }) !== undefined)?.[0];
  if (there !== undefined)
    return fail({
      code: 'AIB_KEY_FILE',
      what: 'The key file already exists',
      where: there,
      hint: 'name another file',
    });
  try {
    for (const [file, pem, mode] of files) writeFileSync(file, pem, { mode, flag: 'wx' });
    return ok(publicKeyOf(publicKey));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return fail({
      code: 'AIB_KEY_FILE',
      what: 'The key cannot be written',
      where: path,
      got: error.message,
      hint: 'name a file in a writable folder',
    });
  }
}

export function readSigningKey(path: string): Result<SigningKey> {
  const pem = readPem(path);
  if (!pem.ok) return pem;
  if (!isPrivate(pem.value)) return fail(noKey(path, 'not a private key', 'name the file without .pub'));
  const key = parsed(path, () => createPrivateKey(pem.value));
  return key.ok ? ok({ ...publicKeyOf(createPublicKey(key.value)), privateKey: key.value }) : key;
}

/** The public key, from either of the two files. */
export function readPublicKey(path: string): Result<PublicKey> {
  const pem = readPem(path);
  if (!pem.ok) return pem;
  const key = parsed(path, () => createPublicKey(pem.value));
  return key.ok ? ok(publicKeyOf(key.value)) : key;
}

function publicKeyOf(key: KeyObject): PublicKey {
  const id = hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex');
  return { id, key, pem: key.export({ type: 'spki', format: 'pem' }).toString() };
}

function readPem(path: string): Result<string> {
  const bytes = readWhole(path, MOST_BYTES);
  return bytes.ok ? ok(bytes.value.toString('latin1')) : fail({ ...bytes.error, code: 'AIB_KEY_FILE' });
}

function isPrivate(pem: string): boolean {
  return /^-----BEGIN (?:\w+ )?PRIVATE KEY-----$/m.test(pem);
}

function parsed(path: string, parse: () => KeyObject): Result<KeyObject> {
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    return fail(noKey(path, 'not a key in PEM without a passphrase'));
  }
  const type = key.asymmetricKeyType;
  return type === 'ed25519' ? ok(key) : fail(noKey(path, `a key of the type ${type}`));
}

function noKey(path: string, got: string, hint?: string): Failure {
  const what = 'The file does not contain a valid Ed25519 key';
  return { code: 'AIB_KEY_FILE', what, where: path, got, ...(hint === undefined ? {} : { hint }) };
}
