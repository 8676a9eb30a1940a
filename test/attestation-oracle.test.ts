/**
 * Other implementations check aib's statements, envelopes and keys, and aib checks one of their envelopes. They are installed from PyPI for
 * the duration of the test.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verificationRecord } from '../src/attest/provenance/verification-record.ts';
import { isSignedBy, readEnvelope } from '../src/attest/signing/envelope.ts';
import { formatStatement } from '../src/attest/signing/statement.ts';
import { testFolder } from '../src/util/files/test-folder.ts';
import { runsOf } from '../src/verify/rebuild/variations.ts';
import { finishedProject } from './finished-image.ts';
import { envelopeOf, makeKey } from './signed-records.ts';

const TOOLS = ['in-toto-attestation==0.9.3', 'securesystemslib==1.6.0', 'cryptography==50.0.2'];
/** Prints the type and the signers of each envelope, then signs its payload with a new key. */
const JUDGE = `
import hashlib, json, sys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey
folder, *paths = sys.argv[1:]
def key(name):
    public = load_pem_public_key(open(f'{folder}/{name}.key.pub', 'rb').read())
    private = load_pem_private_key(open(f'{folder}/{name}.key', 'rb').read(), None)
    assert private.public_key() == public
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SSlibKey.from_crypto(public, keyid=hashlib.sha256(der).hexdigest())
names = {key(name).keyid: name for name in ('ci', 'lab')}
for path in paths:
    envelope = Envelope.from_dict(json.load(open(path)))
    signers = envelope.verify([key('ci'), key('lab')], 2)
    statement = json_format.Parse(envelope.payload, statement_pb2.Statement())
    Statement.copy_from_pb(statement).validate()
    print(statement.predicate_type, *sorted(names[keyid] for keyid in signers))
signer = CryptoSigner(load_pem_private_key(open(f'{folder}/ci.key', 'rb').read(), None), key('ci'))
made = Envelope(envelope.payload, envelope.payload_type, {})
made.sign(signer)
json.dump(made.to_dict(), open(f'{folder}/theirs.json', 'w'))
`;

test('other implementations read our records, and we read theirs', {
  tags: ['full'],
  timeout: 600_000,
}, async context => {
  const folder = testFolder('attestation');
  const tools = join(folder, 'tools');
  const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', tools, ...TOOLS];
  if (spawnSync('python3', words, { encoding: 'utf8' }).status !== 0)
    return context.skip(`${TOOLS.join(', ')} cannot be had from PyPI here`);
  const judge = (...paths: readonly string[]) =>
    // Without the packages of this machine, which may not be compatible with these.
    spawnSync('python3', ['-S', '-c', JUDGE, folder, ...paths], {
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH: tools },
    });

  const [ci, lab] = [makeKey(folder, 'ci'), makeKey(folder, 'lab')];
  const put = (name: string, content: string | Buffer): string => {
    mkdirSync(join(folder, 'records'), { recursive: true });
    writeFileSync(join(folder, 'records', name), content);
    return join(folder, 'records', name);
  };
  const { build, provenance } = finishedProject();
  const record = verificationRecord({
    subject: [{ name: 'x.img', digest: { sha256: '0'.repeat(64) } }],
    label: '//nocloud/x86_64/uefi/tiny@3.20',
    ...{ verdicts: [], absent: [], runs: runsOf(['machine'], 1, { place: '/nowhere' }), started: 0, finished: 1 },
    builder: { version: { aib: '0.1.0' }, programs: {} },
    provenance: { sha256: '1'.repeat(64) },
  });
  const texts = [await provenance(await build()), formatStatement(record)];
  const paths = texts.map((text, index) => put(`${index}.json`, envelopeOf(text, ci, lab)));
  const judged = judge(...paths);
  expect([judged.stderr, judged.stdout]).toEqual([
    '',
    'https://slsa.dev/provenance/v1 ci lab\nurn:aib:verification:v1 ci lab\n',
  ]);

  const theirs = readEnvelope(readFileSync(join(folder, 'theirs.json')));
  if (!theirs.ok) throw new Error(theirs.error);
  expect(Buffer.from(theirs.value.payload).toString()).toBe(texts[1]);
  expect(theirs.value.signatures.map(each => isSignedBy(theirs.value, each, ci))).toEqual([true]);

  // A check that the oracle detects faults.
  const changed = readFileSync(paths[0] ?? '', 'utf8').replace('"payload": "e', '"payload": "f');
  expect(judge(put('changed.json', changed)).status).not.toBe(0);
});
