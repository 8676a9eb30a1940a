/**
 * The OpenPGP key that signs Alpine's release files, and the check of its signatures. A key is trusted by its fingerprint, never by its
 * origin.
 *
 * A signature is checked as of the day on which it was made, so that the same files always get the same verdict: a signature from the time
 * when the key was valid stays valid.
 */
import { readFile } from 'node:fs/promises';
import { fail, ok, type Result } from '../../util/result.ts';

/** The public key as text, with the fingerprint that it was checked for. */
export interface ReleaseKey {
  /** 40 upper-case hex digits. */
  readonly fingerprint: string;
  readonly armored: string;
}

/** `where` is the URL or file of the text. */
export async function checkReleaseKey(text: string, fingerprint: string, where: string): Promise<Result<ReleaseKey>> {
  const refuse = (got: string): Result<never> =>
    fail({
      code: 'AIB_RELEASE_KEY',
      what: 'The key for release files is not the expected one',
      where,
      got,
      hint: `pass a file with the key ${inGroups(fingerprint)}: aib update --release-key FILE`,
    });
  const { readKey } = await import('openpgp');
  try {
    const key = await readKey({ armoredKey: text });
    const found = key.getFingerprint().toUpperCase();
    if (found !== fingerprint) return refuse(`a key with the fingerprint ${inGroups(found)}`);
    if (key.isPrivate()) return refuse('a private key; the public key is required');
    // Certifications by others are the largest part of a well-known key, and are not used here.
    for (const user of key.users) user.otherCertifications = [];
    return ok({ fingerprint, armored: key.armor().replaceAll('\r\n', '\n') });
  } catch (error) {
    return refuse(`not an OpenPGP key (${(error as Error).message})`);
  }
}

/** Whether a detached signature names this key; it can be verified only with the file. */
export async function isSignedBy(key: ReleaseKey, signature: string, where: string): Promise<Result<void>> {
  const read = await readParts(key, signature, where);
  if (!read.ok) return read;
  const known = new Set(read.value.key.getKeyIDs().map(id => id.toHex()));
  const signers = read.value.signature.getSigningKeyIDs().map(id => id.toHex());
  if (signers.some(id => known.has(id))) return ok(undefined);
  return fail(strange(key, signers, where));
}

/** `where` names the signed file in messages. */
export async function verifyRelease(
  file: string,
  signature: string,
  key: ReleaseKey,
  where: string,
): Promise<Result<void>> {
  const read = await readParts(key, signature, where);
  if (!read.ok) return read;
  const { createMessage, verify } = await import('openpgp');
  const message = await createMessage({ binary: new Uint8Array(await readFile(file)) });
  const reasons: string[] = [];
  for (const packet of read.value.signature.packets) {
    const date = packet.created ?? undefined;
    const { signatures } = await verify({
      message,
      signature: read.value.signature,
      verificationKeys: read.value.key,
      format: 'binary',
      ...(date === undefined ? {} : { date }),
    });
    for (const { verified } of signatures) {
      const reason = await verified.then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      );
      if (reason === undefined) return ok(undefined);
      reasons.push(reason);
    }
  }
  const signers = read.value.signature.getSigningKeyIDs().map(id => id.toHex());
  const known = new Set(read.value.key.getKeyIDs().map(id => id.toHex()));
  if (!signers.some(id => known.has(id))) return fail(strange(key, signers, where));
  return fail({
    code: 'AIB_BAD_SIGNATURE',
    what: 'The release file does not match its signature: it was changed or truncated',
    where,
    got: [...new Set(reasons)].join('; '),
    hint: 'fetch it again; if the error persists, do not use this mirror',
  });
}

async function readParts({ armored }: ReleaseKey, text: string, where: string) {
  const { readKey, readSignature } = await import('openpgp');
  try {
    return ok({
      key: await readKey({ armoredKey: armored }),
      signature: await readSignature({ armoredSignature: text }),
    });
  } catch (error) {
    return fail({
      code: 'AIB_BAD_SIGNATURE',
      what: 'The signature of a release file cannot be read',
      where,
      got: (error as Error).message,
      hint: 'run aib update; if the error persists, use another mirror with --mirror',
    } as const);
  }
}

function strange({ fingerprint }: ReleaseKey, signers: readonly string[], where: string) {
  return {
    code: 'AIB_UNTRUSTED_KEY',
    what: 'The release file is not signed by the trusted key',
    where,
    got: signers.length === 0 ? 'no signature' : `a signature by ${signers.join(', ').toUpperCase()}`,
    hint: `use a mirror that has the signature by ${inGroups(fingerprint)}`,
  } as const;
}

/** The format of gpg and web pages, for comparison by eye. */
function inGroups(fingerprint: string): string {
  return fingerprint.replace(/(.{4})(?=.)/g, '$1 ');
}
