import { expect, test } from 'vitest';
import { formatStatement, readStatement, statementOf } from '../signing/statement.ts';
import { compareProvenance, readProvenance, type Told } from './compare-provenance.ts';

const HEX = (digit: string): string => digit.repeat(64);

interface Wanted {
  readonly image?: string;
  readonly settings?: object;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly actions?: Readonly<Record<string, string>>;
  readonly made?: Readonly<Record<string, string>>;
}

function told({
  image = '1',
  settings = { disk_size: 132, tags: { a: 'x' } },
  inputs = { 'scripts/setup': '2', 'v3.20/main/x.apk': '3' },
  actions = { '//base': HEX('a'), '//x:disk': HEX('b'), '//x:image': HEX('c') },
  made = { '//base': '4', '//x:disk': '5' },
}: Wanted = {}): Told {
  const resource = ([name, digit]: readonly [string, string]) => ({ name, digest: { sha256: HEX(digit) } });
  const statement = statementOf([{ name: 'x.img', digest: { sha256: HEX(image) } }], 'https://slsa.dev/provenance/v1', {
    buildDefinition: {
      externalParameters: { label: '//x', settings },
      internalParameters: { actions },
      resolvedDependencies: Object.entries(inputs).map(resource),
    },
    runDetails: { builder: { version: { aib: '0.1.0' } }, byproducts: Object.entries(made).map(resource) },
  });
  const read = readStatement(Buffer.from(formatStatement(statement)));
  if (!read.ok) throw new Error(read.error);
  const provenance = readProvenance(read.value);
  if (!provenance.ok) throw new Error(provenance.error);
  return provenance.value;
}

test('the same image is the same, whatever else is told', () => {
  expect(compareProvenance(told(), told())).toEqual({
    same: true,
    ...{ images: [], settings: [], builder: [], inputs: [], steps: [] },
  });
  const other = compareProvenance(told(), told({ inputs: { 'scripts/setup': '9', 'v3.20/main/x.apk': '3' } }));
  expect(other).toMatchObject({ same: true, inputs: [{ name: 'scripts/setup' }] });
});

test('another image is told with what it was made of otherwise, and the steps that part', () => {
  const ours = told({
    image: '8',
    settings: { disk_size: 200, tags: { a: 'x' } },
    inputs: { 'scripts/setup': '9', 'scripts/more': '7' },
    actions: { '//base': HEX('a'), '//x:disk': HEX('d'), '//x:image': HEX('e') },
    made: { '//base': '4', '//x:disk': '6' },
  });
  expect(compareProvenance(told(), ours)).toMatchObject({
    same: false,
    images: [{ name: 'x.img', theirs: HEX('1'), ours: HEX('8') }],
    settings: [{ name: 'disk_size', theirs: '132', ours: '200' }],
    inputs: [
      { name: 'scripts/setup', theirs: `sha256:${HEX('2')}`, ours: `sha256:${HEX('9')}` },
      { name: 'v3.20/main/x.apk', ours: undefined },
      { name: 'scripts/more', theirs: undefined },
    ],
    steps: [
      { label: '//x:disk', why: 'had other inputs' },
      { label: '//x:image', why: 'had other inputs' },
    ],
  });
});

test('a step that made other bytes of the same things is named, the last one too', () => {
  const made = compareProvenance(told(), told({ image: '8', made: { '//base': '4', '//x:disk': '6' } }));
  expect(made.steps).toEqual([
    { label: '//x:disk', why: 'made other bytes from the same inputs' },
    { label: '//x:image', why: 'made other bytes from the same inputs' },
  ]);
  expect(compareProvenance(told(), told({ image: '8' })).steps.map(({ label }) => label)).toEqual(['//x:image']);
});

test('what is no provenance, or a damaged one, is refused in words', () => {
  const subject = [{ name: 'x.img', digest: { sha256: HEX('1') } }];
  const read = (type: string, predicate: object) => {
    const statement = readStatement(Buffer.from(formatStatement(statementOf(subject, type, predicate))));
    if (!statement.ok) throw new Error(statement.error);
    return readProvenance(statement.value);
  };
  expect(read('urn:aib:verification:v1', {})).toMatchObject({
    ok: false,
    error: expect.stringMatching(/not a provenance but/),
  });
  expect(read('https://slsa.dev/provenance/v1', {})).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^The provenance is invalid: /),
  });
});
