import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionWords, isRange, matchesWord, rangeFault } from './condition.ts';

const VERSIONS = ['3.9', '3.10', '3.17', '3.18', '3.20', '4.0', 'edge'];

/** Of the versions, those that the word matches. */
function matched(word: string): readonly string[] {
  return VERSIONS.filter(version => matchesWord(word, { all: new Set([version, 'aws']), version }));
}

describe('a range of versions', () => {
  it('goes by number, part by part, and edge is later than all', () => {
    expect(matched('>=3.18')).toEqual(['3.18', '3.20', '4.0', 'edge']);
    expect(matched('>3.18')).toEqual(['3.20', '4.0', 'edge']);
    expect(matched('<3.18')).toEqual(['3.9', '3.10', '3.17']);
    expect(matched('<=3.18')).toEqual(['3.9', '3.10', '3.17', '3.18']);
    expect(matched('3.10..3.18')).toEqual(['3.10', '3.17', '3.18']);
    expect(matched('>=5.0')).toEqual(['edge']);
  });

  it('never matches what only looks like a version, nor a variant that has none', () => {
    expect(matched('>=3')).toEqual([]);
    expect(matched('3.18..')).toEqual([]);
    expect(matchesWord('>=3.18', { all: new Set(['3.20']), version: undefined })).toBe(false);
  });

  it('is split by what stands around its bound: every version is before it or not', () => {
    const version = fc.tuple(fc.nat(5), fc.nat(40)).map(numbers => numbers.join('.'));
    fc.assert(
      fc.property(version, version, version, (one, low, high) => {
        const is = (word: string): boolean => matchesWord(word, { all: new Set([one]), version: one });
        expect(is(`<${low}`)).toBe(!is(`>=${low}`));
        expect(is(`<=${low}`)).toBe(!is(`>${low}`));
        if (rangeFault(`${low}..${high}`) === undefined) {
          expect(is(`${low}..${high}`)).toBe(is(`>=${low}`) && is(`<=${high}`));
        } else expect(rangeFault(`${high}..${low}`)).toBeUndefined();
      }),
    );
  });

  it.each([
    ['>=', 'write the version without a space: ">=3.18"'],
    ['>=edge', 'edge is later than every numbered version: write it as a separate word, or write ">=3.18"'],
    ['3.20..3.18', 'write the earlier version first: "3.18..3.20"'],
    ['>=3.18.4', 'write branches such as 3.18, not releases: ">=3.18"'],
    ['3.18.1..3.20.2', 'write branches such as 3.18, not releases: "3.18..3.20"'],
    ['<3', 'write the whole version, in quotes: ">=3.18"'],
    [
      '3.18+',
      'write ">=3.18" for 3.18 and later, "<3.18" for all before it, or the first and the last version: "3.18..3.20"',
    ],
    [
      '=>3.18',
      'write ">=3.18" for 3.18 and later, "<3.18" for all before it, or the first and the last version: "3.18..3.20"',
    ],
  ])('that is written as %s gets advice', (word, advice) => {
    expect(isRange(word)).toBe(true);
    expect(rangeFault(word)).toBe(advice);
  });

  it('is nothing that a dimension is likely to have as a key', () => {
    for (const key of ['x86_64', '3.18', 'edge', 'us-west-2', 'v1.2.3', 'a.b']) expect(isRange(key)).toBe(false);
  });
});

it('takes the words of a condition apart at any white space', () => {
  expect(conditionWords(' aws  gcp\t>=3.18\n')).toEqual(['aws', 'gcp', '>=3.18']);
});
