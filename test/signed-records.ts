/** Keys and signed records for tests, made as aib makes them. */
import { join } from 'node:path';
import { formatEnvelope, signed } from '../src/attest/signing/envelope.ts';
import { makeKeyFiles, readSigningKey, type SigningKey } from '../src/attest/signing/signing-key.ts';
import { formatStatement, type Statement } from '../src/attest/signing/statement.ts';

/** Its files in the folder are `NAME.key` and `NAME.key.pub`. */
export function makeKey(folder: string, name: string): SigningKey {
  const path = join(folder, `${name}.key`);
  const made = makeKeyFiles(path);
  const key = made.ok ? readSigningKey(path) : made;
  if (!key.ok) throw new Error(key.error.what);
  return key.value;
}

export function envelopeOf(payload: Statement | string, ...keys: readonly SigningKey[]): Buffer {
  const text = typeof payload === 'string' ? payload : formatStatement(payload);
  return Buffer.from(formatEnvelope(keys.reduce(signed, { payload: Buffer.from(text), signatures: [] })));
}
