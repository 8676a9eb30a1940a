/** Checks an Alpine signature against trusted keys; never accepts a signature by any other key. */
import { verify } from 'node:crypto';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Signature } from './archive.ts';

/** The hash for the algorithm in `.SIGN.<algorithm>.`. Alpine still signs with SHA-1. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['RSA', 'sha1'],
  ['RSA256', 'sha256'],
  ['RSA512', 'sha512'],
]);

/** Returns the name of the trusted key that signed `signed`. `subject` is the start of messages: "The package index". */
export function checkSignature(
  signed: Uint8Array,
  signatures: readonly Signature[],
  keys: ReadonlyMap<string, string>,
  subject: string,
  where: string,
): Result<string> {
  const trusted = [...keys.keys()].sort();
  if (signatures.length === 0) {
    return fail({
      code: 'AIB_UNSIGNED',
      what: `${subject} is not signed`,
      where,
      hint: `use a mirror that is signed by one of ${trusted.join(', ')}`,
    });
  }
  for (const { algorithm, keyName, bytes } of signatures) {
    const hash = HASHES.get(algorithm);
    const key = keys.get(keyName);
    if (hash === undefined || key === undefined) continue;
    if (verify(hash, signed, key, bytes)) return ok(keyName);
    return fail({
      code: 'AIB_BAD_SIGNATURE',
      what: `${subject} does not match its signature: it was changed or truncated`,
      where,
      got: `an invalid signature by ${keyName}`,
      hint: 'fetch it again; if the error persists, do not use this mirror',
    });
  }
  return fail({
    code: 'AIB_UNTRUSTED_KEY',
    what: `${subject} is not signed by a trusted key`,
    where,
    got: signatures.map(({ algorithm, keyName }) => `${keyName} (${algorithm})`).join(', '),
    hint: `use a mirror that is signed by a trusted key (${trusted.length === 0 ? 'there is none' : trusted.join(', ')}) with ${[...HASHES.keys()].join(', ')}`,
  });
}
