import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { envelopeOf, makeKey } from '../../../test/signed-records.ts';
import { times } from '../../../test/tier.ts';
import { attestationLines } from '../../report/tables/attestation-lines.ts';
import { digestOf } from '../../store/content/digest.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { PROVENANCE_TYPE } from '../provenance/provenance.ts';
import { VERIFICATION_TYPE } from '../provenance/verification-record.ts';
import { readEnvelope } from '../signing/envelope.ts';
import type { SigningKey } from '../signing/signing-key.ts';
import { formatStatement, statementOf } from '../signing/statement.ts';
import { checkRecords } from './check-records.ts';
import { comparingAmong, comparingWith } from './subject-files.ts';
import { quorumOf, trustedSigners } from './trusted-signers.ts';

const IMAGE = 'the bytes of an image';

function recordOf({
  verdict = 'bit-identical',
  image = IMAGE,
  type = VERIFICATION_TYPE,
  digest = {},
  name = 'x.img',
} = {}) {
  const subject = { name, digest: { sha256: digestOf(image).hash, ...digest } };
  return statementOf([subject], type, { verdict });
}

/** Three keys, some of them in `trust`, an image in a folder, and a function that checks records of it. */
function makeCheck() {
  const folder = testFolder('check');
  const [ci, lab, vendor, stranger] = ['ci', 'lab', 'vendor', 'stranger'].map(name => makeKey(folder, name)) as [
    SigningKey,
    SigningKey,
    SigningKey,
    SigningKey,
  ];
  const image = join(folder, 'images/x.img');
  mkdirSync(join(folder, 'images'));
  writeFileSync(image, IMAGE);
  const trust = ['ci', 'lab', 'vendor'].map(name => `${name}=${join(folder, name)}.key.pub`);
  const check = async (
    envelopes: readonly Uint8Array[],
    options: {
      readonly require?: string;
      readonly images?: readonly string[];
      readonly trust?: readonly string[];
    } = {},
  ) => {
    const signers = trustedSigners(options.trust ?? trust);
    if (!signers.ok) throw new Error(signers.error.what);
    const quorum = quorumOf(options.require, signers.value);
    if (!quorum.ok) throw new Error(quorum.error.what);
    const compare =
      options.images?.length === 0
        ? { ok: true as const, value: comparingAmong() }
        : comparingWith(options.images ?? [image]);
    if (!compare.ok) throw new Error(compare.error.what);
    const files = envelopes.map((bytes, index) => ({ path: `${index}.json`, bytes }));
    const given = { signers: signers.value, quorum: quorum.value, faultOfSubjects: compare.value };
    const checked = await checkRecords(files, given);
    const faults = checked.records.flatMap(record => record.faults);
    return { ...checked, faults, lines: attestationLines(checked, quorum.value) };
  };
  return { folder, image, ci, lab, vendor, stranger, check };
}

test('two of three vouch, in one envelope or in two, and one does not suffice', async () => {
  const { ci, lab, check } = makeCheck();
  const require = '2 of ci,lab,vendor';
  for (const envelopes of [
    [envelopeOf(recordOf(), ci, lab)],
    [envelopeOf(recordOf(), ci), envelopeOf(recordOf({ type: PROVENANCE_TYPE }), lab)],
  ]) {
    const { isEnough, vouching, faults } = await check(envelopes, { require });
    expect([isEnough, vouching, faults]).toEqual([true, ['ci', 'lab'], []]);
  }
  const short = await check([envelopeOf(recordOf(), ci), envelopeOf(recordOf(), ci)], { require });
  expect([short.isEnough, short.vouching, short.faults]).toEqual([false, ['ci'], []]);
  expect(short.lines.at(-1)).toBe('not enough: 1 more of lab, vendor must sign');
});

test('one key under two names counts once, and whoever is trusted but not required does not count', async () => {
  const { folder, ci, lab, check } = makeCheck();
  const trust = ['a=ci', 'b=ci', 'c=lab'].map(each => each.replace('=', `=${folder}/`)).map(each => `${each}.key.pub`);
  const once = await check([envelopeOf(recordOf(), ci)], { trust, require: '2 of a,b,c' });
  expect([once.isEnough, once.vouching]).toEqual([false, ['a']]);
  const other = await check([envelopeOf(recordOf(), lab)], { trust, require: '1 of a,b' });
  expect([other.isEnough, other.vouching]).toEqual([false, []]);
});

test('a stranger who signed, too, does no harm; a stranger alone is told', async () => {
  const { ci, stranger, check } = makeCheck();
  expect((await check([envelopeOf(recordOf(), stranger, ci)])).isEnough).toBe(true);
  const alone = await check([envelopeOf(recordOf(), stranger)]);
  expect([alone.isEnough, alone.faults]).toEqual([
    false,
    [`It is not signed by a trusted key, only by key ${stranger.id}`],
  ]);
});

test('a payload that was changed after it was signed is told, and by whom it was signed', async () => {
  const { ci, lab, check } = makeCheck();
  const envelope = JSON.parse(envelopeOf(recordOf({ verdict: 'different' }), ci, lab).toString());
  envelope.payload = Buffer.from(JSON.stringify(recordOf())).toString('base64');
  const { isEnough, records, faults } = await check([Buffer.from(JSON.stringify(envelope))]);
  expect([isEnough, records[0]?.says]).toEqual([false, undefined]);
  expect(faults).toEqual(
    ['ci', 'lab'].map(name => `The signature of ${name} is invalid: the signed content was changed`),
  );
});

test('a good record does not make up for a bad one', async () => {
  const { ci, lab, check } = makeCheck();
  const { isEnough, vouching, lines } = await check([
    envelopeOf(recordOf(), ci),
    envelopeOf(recordOf({ verdict: 'different' }), lab),
  ]);
  expect([isEnough, vouching]).toEqual([false, ['ci']]);
  expect(lines).toContain('1.json: Its verdict is "different", not bit-identical');
  expect(lines.at(-1)).toBe('not enough: 1 of 2 records does not count');
});

const OTHER = digestOf('another').hash;

test.each([
  ['about another image', { image: 'another' }, `It is about another image: "x.img" with the SHA-256 ${OTHER}`],
  ['of another sort', { type: 'urn:other' }, 'Its record type is not supported: "urn:other"'],
  ['that failed', { verdict: 'failed' }, 'Its verdict is "failed", not bit-identical'],
  ['with the SHA-512 of another file', { digest: { sha512: 'ab' } }, 'Its SHA-512 of x.img does not match the file'],
])('a signed record %s does not count', async (_, about, fault) => {
  const { ci, check } = makeCheck();
  const { isEnough, faults } = await check([envelopeOf(recordOf(about), ci)]);
  expect([isEnough, faults]).toEqual([false, [fault]]);
});

test('the folder of an image does as well as the file, and a name leads to nothing outside of it', async () => {
  const { folder, ci, check } = makeCheck();
  const images = [join(folder, 'images')];
  expect((await check([envelopeOf(recordOf(), ci)], { images })).isEnough).toBe(true);
  for (const name of ['../images/x.img', 'y.img']) {
    const { isEnough, faults } = await check([envelopeOf(recordOf({ name }), ci)], { images });
    expect([isEnough, faults]).toEqual([false, [expect.stringContaining('but no file there has this name')]]);
  }
});

test('every file that is given must be told of', async () => {
  const { folder, image, ci, check } = makeCheck();
  const other = join(folder, 'other.img');
  writeFileSync(other, 'another');
  const { isEnough, faults } = await check([envelopeOf(recordOf(), ci)], { images: [image, other] });
  expect([isEnough, faults]).toEqual([false, [`It does not cover ${other}`]]);
});

test('without a file all records must be about the same', async () => {
  const { ci, lab, check } = makeCheck();
  expect((await check([envelopeOf(recordOf(), ci), envelopeOf(recordOf(), lab)], { images: [] })).isEnough).toBe(true);
  const { isEnough, faults } = await check(
    [envelopeOf(recordOf(), ci), envelopeOf(recordOf({ image: 'another' }), lab)],
    { images: [] },
  );
  expect([isEnough, faults]).toEqual([
    false,
    [expect.stringMatching(/^It is about another image than the first record/)],
  ]);
});

test('a record about several files is about the same only if all of them are', async () => {
  const { ci, lab, check } = makeCheck();
  const about = (...images: readonly string[]) => {
    const subjects = images.map(image => ({ name: 'x.img', digest: { sha256: digestOf(image).hash } }));
    return statementOf(subjects, PROVENANCE_TYPE, {});
  };
  const same = await check([envelopeOf(about('a', 'b'), ci), envelopeOf(about('b', 'a'), lab)], { images: [] });
  expect(same.isEnough).toBe(true);
  const half = await check([envelopeOf(about('a', 'b'), ci), envelopeOf(about('a', 'c'), lab)], { images: [] });
  expect([half.isEnough, half.vouching]).toEqual([false, ['ci']]);
});

test('an image that is not there is wrong usage', () => {
  const refused = comparingWith([join(testFolder('check'), 'none.img')]);
  expect(refused).toMatchObject({ ok: false, error: { code: 'AIB_USAGE', what: 'Image not found' } });
});

test('whatever a trusted key signed, what is no statement is told in words', async () => {
  const { ci, check } = makeCheck();
  const deep = `{"a":${'['.repeat(100_000)}`;
  for (const payload of [
    '',
    'x',
    '[]',
    'null',
    deep,
    '{"_type":1,"_type":2}',
    '{"_type":"https://in-toto.io/Statement/v1","subject":[{}]}',
  ]) {
    const { isEnough, faults } = await check([envelopeOf(payload, ci)]);
    expect([isEnough, faults]).toEqual([false, [expect.stringMatching(/^The statement is invalid: /)]]);
  }
});

test(
  'whatever becomes of some bytes of a file, it counts only as it was signed, and nothing is thrown',
  async () => {
    const { ci, check } = makeCheck();
    const good = envelopeOf(recordOf(), ci);
    const change = fc.tuple(fc.nat(good.byteLength - 1), fc.uint8Array({ maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async changes => {
        const bytes = Buffer.from(good);
        for (const [at, written] of changes) bytes.set(written.subarray(0, bytes.byteLength - at), at);
        const { isEnough, faults } = await check([bytes]);
        const read = readEnvelope(bytes);
        expect(isEnough).toBe(
          read.ok && Buffer.from(read.value.payload).toString() === formatStatement(recordOf()) && faults.length === 0,
        );
      }),
      { numRuns: 200 * times },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async bytes => {
        expect((await check([bytes])).isEnough).toBe(false);
      }),
    );
  },
  60_000 * times,
);

test('what a stranger wrote does not move the cursor', async () => {
  const { ci, check } = makeCheck();
  const envelope = JSON.parse(envelopeOf(recordOf({ type: 'urn:\u001b[2J\u009b2J\u202e' }), ci).toString());
  const { lines } = await check([Buffer.from(JSON.stringify(envelope)), Buffer.from('{"payloadType":"\u001b[2J"}')]);
  expect(lines.join('')).toMatch(/^[ -~]*$/);
});
