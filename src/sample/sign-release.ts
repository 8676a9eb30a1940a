/** Signs the sample's ISOs as Alpine does, detached and as text; the same bytes and day result in the same signature. */
import { SAMPLE_RELEASE_PRIVATE_KEY } from './key.ts';

/** `time` is in seconds since the epoch, never the current time. */
export async function signRelease(bytes: Uint8Array, time: number): Promise<string> {
  const { createMessage, readPrivateKey, sign } = await import('openpgp');
  const signature = await sign({
    message: await createMessage({ binary: new Uint8Array(bytes) }),
    signingKeys: await readPrivateKey({ armoredKey: SAMPLE_RELEASE_PRIVATE_KEY }),
    detached: true,
    date: new Date(time * 1000),
    // Otherwise a random note would make each signature different.
    config: { nonDeterministicSignaturesViaNotation: false },
  });
  return String(signature).replaceAll('\r\n', '\n');
}
