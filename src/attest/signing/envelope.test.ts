import { verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { envelopeOf, makeKey } from '../../../test/signed-records.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { isSignedBy, readEnvelope } from './envelope.ts';
import { signRecord } from './sign-record.ts';
import { statementOf } from './statement.ts';

const STATEMENT = statementOf([{ name: 'x.img', digest: { sha256: '0'.repeat(64) } }], 'urn:test', {});

function read(bytes: Uint8Array) {
  const envelope = readEnvelope(bytes);
  if (!envelope.ok) throw new Error(envelope.error);
  return envelope.value;
}

function faultOf(change: (envelope: Record<string, unknown>) => void): string | undefined {
  const envelope = JSON.parse(envelopeOf(STATEMENT, makeKey(testFolder('envelope'), 'ci')).toString());
  change(envelope);
  const again = readEnvelope(Buffer.from(JSON.stringify(envelope)));
  return again.ok ? undefined : again.error;
}

test('what is signed is the encoding of the DSSE specification, byte for byte', () => {
  const key = makeKey(testFolder('envelope'), 'ci');
  const { payload, signatures } = read(envelopeOf('{}', key));
  const encoded = Buffer.from('DSSEv1 28 application/vnd.in-toto+json 2 {}');
  expect(Buffer.from(payload).toString()).toBe('{}');
  expect(signatures.map(({ sig }) => verify(null, encoded, key.key, sig))).toEqual([true]);
});

test('several keys sign one envelope, at once or one after the other, and each once', () => {
  const folder = testFolder('envelope');
  const [ci, lab] = [makeKey(folder, 'ci'), makeKey(folder, 'lab')];
  const first = signRecord(Buffer.from(JSON.stringify(STATEMENT)), [ci]);
  const both = first.ok ? signRecord(Buffer.from(first.value), [lab, ci]) : first;
  if (!both.ok) throw new Error(both.error);
  const envelope = read(Buffer.from(both.value));
  expect(envelope.signatures.map(({ keyid }) => keyid)).toEqual([lab.id, ci.id]);
  expect(envelope.signatures.map(each => [lab, ci].map(key => isSignedBy(envelope, each, key)))).toEqual([
    [true, false],
    [false, true],
  ]);
  expect(Buffer.from(envelope.payload).toString()).toBe(JSON.stringify(STATEMENT));
});

test('nothing is signed that is no statement about files', () => {
  const key = makeKey(testFolder('envelope'), 'ci');
  const sign = (text: string) => signRecord(Buffer.from(text), [key]);
  expect(sign('{}')).toMatchObject({ ok: false, error: expect.stringMatching(/^The statement is invalid: _type/) });
  expect(sign('x')).toEqual({ ok: false, error: 'The statement is invalid: it is not valid JSON' });
  expect(sign(JSON.stringify({ ...STATEMENT, subject: [] }))).toEqual({
    ok: false,
    error: 'The statement has no subject',
  });
  expect(sign(envelopeOf('[]', key).toString())).toMatchObject({ ok: false });
});

test('both alphabets of base64 are read, with and without padding, and nothing else', () => {
  const urls = (envelope: Record<string, unknown>) => {
    const [signature] = envelope.signatures as { sig: string }[];
    const text = signature?.sig.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    envelope.signatures = [{ keyid: '', sig: text }];
  };
  expect(faultOf(urls)).toBeUndefined();
  for (const payload of ['a b=', 'é', 'AB', 'AA=A', '====', 'eyJ9\n'])
    expect(faultOf(envelope => Object.assign(envelope, { payload }))).toMatch(
      /^The envelope is invalid: payload should be base64/,
    );
});

test.each([
  [
    'another type of payload',
    { payloadType: 'text/plain' },
    'The envelope contains "text/plain", not application/vnd.in-toto+json',
  ],
  ['no signature', { signatures: [] }, 'The envelope has no signature'],
  [
    'thousands of signatures',
    { signatures: Array(101).fill({ sig: '' }) },
    'The envelope has more than 100 signatures',
  ],
  [
    'signatures that are none',
    { signatures: [7] },
    'The envelope is invalid: signatures[0] should be an object, not 7',
  ],
  ['no payload', { payload: null }, 'The envelope is invalid: payload should be a text, not null'],
])('an envelope with %s is told as that', (_, change, fault) => {
  expect(faultOf(envelope => Object.assign(envelope, change))).toBe(fault);
});

test('what is no envelope is told as that', () => {
  const fault = (text: string) => readEnvelope(Buffer.from(text));
  expect(fault(JSON.stringify(STATEMENT))).toEqual({
    ok: false,
    error: 'The file is not an envelope: aib attest sign makes one from a statement',
  });
  expect(fault('[]')).toMatchObject({ ok: false });
  expect(fault('{"payloadType":1,"payloadType":2}')).toEqual({
    ok: false,
    error: 'The envelope is invalid: it is JSON with the name "payloadType" twice in one object',
  });
});
