import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, type Sha256 } from '../../store/content/digest.ts';
import { type ExternalObject, identityOf, identityPreimage } from './external.ts';

const OBJECT: ExternalObject = {
  sort: 'aws-image',
  parameters: {
    region: 'eu-west-1',
    account: '123456789012',
    'boot mode': 'uefi',
    empty: '',
    'a "quoted"\nname': 'é😀',
  },
  contents: { disk: digestOf('disk'), another: digestOf('') },
};

test('the identity of one fixed object never changes: everything that was ever made would be made again', () => {
  expect(identityPreimage(OBJECT)).toBe(PREIMAGE);
  expect(identityOf(OBJECT)).toBe(GOLDEN);
});

/** Computed with other tools. */
const GOLDEN = '63176006d1994ab2738cc78f6b5ae8e4a9579a280bb77fe88c448bf86c83b2b4';

const PREIMAGE = `aib external object 1
sort "aws-image"
parameter "a \\"quoted\\"\\nname" "é😀"
parameter "account" "123456789012"
parameter "boot mode" "uefi"
parameter "empty" ""
parameter "region" "eu-west-1"
content "another" e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0
content "disk" 1044dec7206e8d7c9fbb4ae8f766668406d2567fc7fc1a160a9d4700fcf8f8e9 4
`;

const text = fc.string({ unit: 'binary', maxLength: 4 });
const object = fc.record({
  sort: text,
  parameters: fc.dictionary(text, text, { maxKeys: 3 }),
  contents: fc.dictionary(text, fc.constantFrom(digestOf('a'), digestOf('b')), { maxKeys: 2 }),
});

describe('an identity', () => {
  test('does not depend on the order in which things are named', () => {
    fc.assert(
      fc.property(object, each => {
        const turned: ExternalObject = {
          contents: Object.fromEntries(Object.entries(each.contents).toReversed()),
          parameters: Object.fromEntries(Object.entries(each.parameters).toReversed()),
          sort: each.sort,
        };
        expect(identityOf(turned)).toBe(identityOf(each));
      }),
    );
  });

  test('is that of no other object, whatever names and values are made of', () => {
    const parsed = (preimage: string): ExternalObject => {
      const lines = preimage.trimEnd().split('\n').slice(1);
      const words = lines.map(line => /^(\w+) ("(?:[^"\\]|\\.)*")(?: (.*))?$/su.exec(line)?.slice(1) ?? []);
      const named = (kind: string) =>
        words.flatMap(([word, name = '""', rest = '']) =>
          word === kind ? [[JSON.parse(name) as string, rest] as const] : [],
        );
      return {
        sort: named('sort')[0]?.[0] ?? '',
        parameters: Object.fromEntries(named('parameter').map(([name, value]) => [name, JSON.parse(value) as string])),
        contents: Object.fromEntries(
          named('content').map(([name, rest]) => {
            const [hash = '', size = ''] = rest.split(' ');
            return [name, { hash: hash as Sha256, size: Number(size) }];
          }),
        ),
      };
    };
    fc.assert(
      fc.property(object, each => {
        expect(parsed(identityPreimage(each))).toEqual(each);
      }),
    );
  });
});
