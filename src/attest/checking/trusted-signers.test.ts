import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeKey } from '../../../test/signed-records.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { quorumOf, trustedSigners } from './trusted-signers.ts';

function makeSigners() {
  const folder = testFolder('signers');
  for (const name of ['ci', 'lab']) makeKey(folder, name);
  const word = (name: string, key: string): string => `${name}=${join(folder, `${key}.key.pub`)}`;
  const signers = trustedSigners([word('ci', 'ci'), word('lab', 'lab'), word('again', 'ci')]);
  if (!signers.ok) throw new Error(signers.error.what);
  return { signers: signers.value, word };
}

test('a key under two names is one signer', () => {
  expect(makeSigners().signers.map(({ names }) => names)).toEqual([['ci', 'again'], ['lab']]);
});

test('a quorum is a number of names, by default one of all', () => {
  const { signers } = makeSigners();
  expect(quorumOf('2 of ci, lab', signers)).toEqual({ ok: true, value: { count: 2, names: ['ci', 'lab'] } });
  expect(quorumOf(undefined, signers)).toEqual({ ok: true, value: { count: 1, names: ['ci', 'again', 'lab'] } });
});

test.each([
  '',
  '2',
  '2 of',
  'two of ci,lab',
  '0 of ci',
  '-1 of ci',
  '3 of ci,lab',
  '2 of ci,again',
  '1 of ci,ci',
  '1 of nobody',
  '1 of ci,,lab',
])('the quorum %j is refused', text => {
  expect(quorumOf(text, makeSigners().signers)).toMatchObject({ ok: false, error: { code: 'AIB_USAGE' } });
});

test('whom to trust is said with a name and a key', () => {
  const { word } = makeSigners();
  for (const words of [[], ['ci'], ['=x'], ['a b=x'], [word('ci', 'ci'), word('ci', 'lab')]])
    expect(trustedSigners(words)).toMatchObject({ ok: false, error: { code: 'AIB_USAGE' } });
  expect(trustedSigners([word('ci', 'none')])).toMatchObject({ ok: false, error: { code: 'AIB_KEY_FILE' } });
});
