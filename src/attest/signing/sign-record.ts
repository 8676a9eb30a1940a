/**
 * Signs a statement, or an envelope that already has signatures, with any number of keys. Never signs anything except a statement about
 * files.
 */
import { fail, ok, type Result } from '../../util/result.ts';
import { type Envelope, formatEnvelope, isEnvelope, readEnvelope, signed } from './envelope.ts';
import type { SigningKey } from './signing-key.ts';
import { readStatement } from './statement.ts';
import { readStrictJson } from './strict-json.ts';

/** Returns the text of the envelope; a fault is a sentence without its full stop. */
export function signRecord(bytes: Uint8Array, keys: readonly SigningKey[]): Result<string, string> {
  const document = readStrictJson(bytes);
  const envelope: Result<Envelope, string> =
    document.ok && isEnvelope(document.value) ? readEnvelope(bytes) : ok({ payload: bytes, signatures: [] });
  if (!envelope.ok) return envelope;
  const statement = readStatement(envelope.value.payload);
  return statement.ok ? ok(formatEnvelope(keys.reduce(signed, envelope.value))) : fail(statement.error);
}
