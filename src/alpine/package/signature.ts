/** Checks an Alpine signature against trusted keys; a signature by a key that is not trusted never counts, whatever else is true of it. */
import { verify } from 'node:crypto';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Signature } from './archive.ts';

/** What `.SIGN.<this>.` stands for. SHA-1 is what Alpine still signs with. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['RSA', 'sha1'],
  ['RSA256', 'sha256'],
  ['RSA512', 'sha512'],
]);

/** The name of the trusted key that signed `signed`. `subject` begins the message: "The package index". */
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
      hint: `Use a mirror that is signed by one of ${trusted.join(', ')}`,
    });
  }
  for (const { algorithm, keyName, bytes } of signatures) {
    const hash = HASHES.get(algorithm);
    const key = keys.get(keyName);
    if (hash === undefined || key === undefined) continue;
    if (verify(hash, signed, key, bytes)) return ok(keyName);
    return fail({
      code: 'AIB_BAD_SIGNATURE',
      what: `${subject} is not what its signature was made for: it was altered or cut short`,
      where,
      got: `a signature by ${keyName} that does not fit`,
      hint: 'Fetch it again; if it stays so, do not use this mirror',
    });
  }
  return fail({
    code: 'AIB_UNTRUSTED_KEY',
    what: `${subject} is not signed by a trusted key`,
    where,
    got: signatures.map(({ algorithm, keyName }) => `${keyName} (${algorithm})`).join(', '),
    hint: `Trusted are ${trusted.length === 0 ? 'no keys at all' : trusted.join(', ')}, with ${[...HASHES.keys()].join(', ')}`,
  });
}
