import { describe, expect, it } from 'vitest';
import { itemsOf, type ParameterTable, type ValueShape, valuesOf } from './parameters.ts';

const LIST = ['b', 'a'];
const EXAMPLE = {
  TEXT: { words: 'a text', value: ({ text }) => text },
  LINES: { words: 'lines', shape: 'lines', value: () => LIST },
  WORDS: { words: 'words', shape: 'words', value: () => LIST },
  NAMES: { words: 'names', shape: 'names', value: () => LIST },
  SERVICES: { words: 'services', shape: 'services', value: ({ levels }) => levels },
} satisfies ParameterTable<{ readonly text: string; readonly levels: ReadonlyMap<string, readonly string[]> }>;

const SOURCE = {
  text: 'one text',
  levels: new Map([
    ['default', LIST],
    ['boot', ['c']],
  ]),
};
const TEXTS = {
  TEXT: 'one text',
  LINES: 'b\na',
  WORDS: 'b a',
  NAMES: 'b,a',
  SERVICES: 'default=b,a boot=c',
};

describe('the parameters of a rule', () => {
  it('are put together by their shapes, in the order of the declarations', () => {
    expect(Object.entries(valuesOf(EXAMPLE, SOURCE))).toEqual(Object.entries(TEXTS));
  });

  it.each<[ValueShape, string, readonly string[]]>([
    ['text', TEXTS.TEXT, ['one text']],
    ['lines', TEXTS.LINES, LIST],
    ['words', TEXTS.WORDS, LIST],
    ['names', TEXTS.NAMES, LIST],
    ['services', TEXTS.SERVICES, ['default/b', 'default/a', 'boot/c']],
  ])('that are %s are taken apart as they were put together', (shape, text, items) => {
    expect(itemsOf(text, shape)).toEqual(items);
    expect(itemsOf('', shape)).toEqual([]);
  });

  it('do not compile without words or a value, or with a setting that does not exist', () => {
    const text = { words: 'a text', value: () => 'a' };
    const faulty: readonly ParameterTable<unknown>[] = [
      { GOOD: text },
      // @ts-expect-error: it has no words
      { SILENT: { value: () => 'a' } },
      // @ts-expect-error: the words have no value
      { EMPTY: { words: 'a text' } },
      // @ts-expect-error: no such setting
      { STRAY: { ...text, settings: ['disk_sise'] } },
      // @ts-expect-error: names are joined by the shape, not by the rule
      { JOINED: { words: 'names', shape: 'names', value: () => 'a,b' } },
    ];
    expect(faulty).toHaveLength(5);
  });
});
