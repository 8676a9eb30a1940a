/**
 * Signed records: DSSE envelopes (https://github.com/secure-systems-lab/dsse, version 1) around in-toto statements. The signed bytes are
 * exactly the bytes that are read, and a payload must never be used before one of its signatures is checked.
 *
 *     { "payloadType": "application/vnd.in-toto+json", "payload": base64, "signatures": [{ "keyid": hex, "sig": base64 }] }
 *
 * The signed bytes are the pre-authentication encoding: `DSSEv1 LENGTH TYPE LENGTH PAYLOAD`, lengths as decimal numbers of bytes.
 */
import { sign, verify } from 'node:crypto';
import { JsonMismatch, type JsonReader } from '../../util/json-reader.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { PublicKey, SigningKey } from './signing-key.ts';
import { readStrictJson } from './strict-json.ts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** One check takes a fraction of a millisecond, but a file could contain very many signatures. */
const MOST_SIGNATURES = 100;

export interface Signature {
  /** A hint, which is not signed itself; may be empty. */
  readonly keyid: string;
  readonly sig: Uint8Array;
}

export interface Envelope {
  readonly payload: Uint8Array;
  readonly signatures: readonly Signature[];
}

/** Adds a signature; replaces an earlier one of the same key. */
export function signed({ payload, signatures }: Envelope, { id, privateKey }: SigningKey): Envelope {
  const others = signatures.filter(({ keyid }) => keyid !== id);
  return { payload, signatures: [...others, { keyid: id, sig: sign(null, encoded(payload), privateKey) }] };
}

export function isSignedBy({ payload }: Envelope, { sig }: Signature, { key }: PublicKey): boolean {
  return verify(null, encoded(payload), key, sig);
}

export function formatEnvelope({ payload, signatures }: Envelope): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const envelope = {
    payloadType: PAYLOAD_TYPE,
    payload: base64(payload),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: base64(sig) })),
  };
  return `${JSON.stringify(envelope, undefined, 2)}\n`;
}

/** Whether a JSON document is intended as an envelope, even if it is invalid. */
export function isEnvelope(document: JsonReader): boolean {
  const { value } = document;
  return typeof value === 'object' && value !== null && 'payloadType' in value;
}

/** A fault is a sentence without its full stop. */
export function readEnvelope(bytes: Uint8Array): Result<Envelope, string> {
  const document = readStrictJson(bytes);
  if (!document.ok) return fail(`The envelope is invalid: it is ${document.error}`);
  if (!isEnvelope(document.value))
    return fail('The file is not an envelope: aib attest sign makes one from a statement');
  try {
    const type = document.value.at('payloadType').text(/^/, 'a text');
    if (type !== PAYLOAD_TYPE)
      return fail(`The envelope contains ${JSON.stringify(type.slice(0, 80))}, not ${PAYLOAD_TYPE}`);
    const list = document.value.at('signatures').items();
    if (list.length === 0) return fail('The envelope has no signature');
    if (list.length > MOST_SIGNATURES) return fail(`The envelope has more than ${MOST_SIGNATURES} signatures`);
    const signatures = list.map(each => ({
      keyid: each.at('keyid').present ? each.at('keyid').text(/^/, 'a text') : '',
      sig: base64Of(each.at('sig')),
    }));
    return ok({ payload: base64Of(document.value.at('payload')), signatures });
  } catch (error) {
    if (!(error instanceof JsonMismatch)) throw error;
    return fail(`The envelope is invalid: ${error.message}, not ${error.got}`);
  }
}

function encoded(payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(PAYLOAD_TYPE)} ${PAYLOAD_TYPE} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Accepts both alphabets, as the specification requires, but only the canonical encoding of the bytes, with or without padding. */
function base64Of(reader: JsonReader): Uint8Array {
  const text = reader.text(/^/, 'a text').replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/={0,2}$/, ''))
    throw new JsonMismatch(reader, 'base64');
  return bytes;
}
