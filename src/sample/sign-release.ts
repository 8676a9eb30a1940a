/** Signs the sample's ISOs as Alpine signs its own, detached and as text; the same bytes and day always give the same signature. */
import { SAMPLE_RELEASE_PRIVATE_KEY } from './key.ts';

/** `time` is in seconds since the epoch: never the clock's. */
export async function signRelease(bytes: Uint8Array, time: number): Promise<string> {
  const { createMessage, readPrivateKey, sign } = await import('openpgp');
  const signature = await sign({
    message: await createMessage({ binary: new Uint8Array(bytes) }),
    signingKeys: await readPrivateKey({ armoredKey: SAMPLE_RELEASE_PRIVATE_KEY }),
    detached: true,
    date: new Date(time * 1000),
    // Else a random note in it would make each one another.
    config: { nonDeterministicSignaturesViaNotation: false },
  });
  return String(signature).replaceAll('\r\n', '\n');
}
