import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSettings } from './local-settings.ts';

function valuesOf(text: string) {
  const settings = parseSettings(text, 'x.conf');
  if (!settings.ok) throw new Error(settings.error.what);
  return Object.fromEntries(settings.value.map(({ name, values }) => [name, values]));
}

describe('a value', () => {
  test.each([
    ['mirror = https://dl-cdn.alpinelinux.org/alpine', 'https://dl-cdn.alpinelinux.org/alpine'],
    ['mirror=https://host:8080/a//b', 'https://host:8080/a//b'],
    ['mirror : //host/share', '//host/share'],
    ['mirror = /srv/a+b&c,d$e\\f=g', '/srv/a+b&c,d$e\\f=g'],
    ['mirror = "/srv/my folder" # of mine', '/srv/my folder'],
    ['mirror = "C:\\new"', 'C:\\new'],
    ['mirror = "a # b // c"', 'a # b // c'],
    ['mirror = "a"b"', 'a"b'],
    ['mirror = "a"b" # "c"', 'a"b" # "c'],
    ['mirror = "a" // b', 'a'],
    ['mirror = a // b', 'a'],
    ['mirror = a#b', 'a'],
    ['mirror = ""', ''],
    ['mirror = []', []],
    ['mirror = ["a b", c, https://d/e] // f', ['a b', 'c', 'https://d/e']],
    ['mirror = ["a\\"b\\\\c"]', ['a"b\\c']],
    ['mirror = [ # first\n  "a"\n\n  b, // second\n  c,\n]', ['a', 'b', 'c']],
  ])('of %j is %j', (line, value) => {
    expect(valuesOf(line)).toEqual({ mirror: [value].flat() });
    expect(valuesOf(`\ufeff# before\r\n\r\n ${line}\r\n// after\r\nother = "x"\r\n`)).toEqual({
      mirror: [value].flat(),
      other: ['x'],
    });
  });

  test.each([
    ['mirror', '1:1', 'mirror is not followed by ='],
    ['the mirror = x', '1:1', 'the is not followed by ='],
    ['a = b\n= x', '2:1', 'Expected a setting'],
    ['\n"mirror" = x', '2:1', 'Expected a setting'],
    ['mirror =', '1:9', 'mirror has no value'],
    ['mirror = # later', '1:10', 'mirror has no value'],
    ['mirror = "a', '1:10', 'This quote is not closed'],
    ['mirror = "', '1:10', 'This quote is not closed'],
    ['mirror = "a" b', '1:14', 'Unexpected text after the value of mirror'],
    ['mirror = a "b"', '1:12', 'Unexpected text after the value of mirror'],
    ['a = b\nmirror = [a\nb', '2:10', 'This list is not closed'],
    ['mirror = [a b]', '1:13', 'Expected a comma'],
    ['mirror = [a,, b]', '1:13', 'Expected a value'],
    ['mirror = ["a]', '1:11', 'A string is not closed on its line'],
    ['a = b\nmirror = [c,\n  "d\\e"]', '3:5', 'Unknown escape \\e'],
    ['mirror = [a] b', '1:14', 'Unexpected text after the value of mirror'],
    ['mirror = a\n\nmirror = a', '3:1', 'mirror is set twice; the first is on line 1'],
  ])('%j is refused at %s', (text, place, what) => {
    expect(parseSettings(text, 'x.conf')).toMatchObject({
      ok: false,
      error: { code: 'AIB_CONFIG_SYNTAX', where: `x.conf:${place}`, what },
    });
  });
});

test('no text throws, and each setting takes lines of its own', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab=:"#/[], \t\r\n\\', 'x = ', '"y"', '\nz = [') });
  fc.assert(
    fc.property(text, each => {
      const settings = parseSettings(each, 'x.conf');
      if (!settings.ok) return;
      let line = 0;
      for (const { firstLine, lastLine } of settings.value) {
        expect(firstLine).toBeGreaterThan(line);
        expect(lastLine).toBeGreaterThanOrEqual(firstLine);
        line = lastLine;
      }
    }),
    { numRuns: 2_000 },
  );
});

/** How lines were read before there was a parser; what people and aib wrote then must stay what it was. */
const BEFORE = /^[ \t]*mirror[ \t]*[=:][ \t]*(?:(?:([^\s"#]+)|"([^"\n]*)")[ \t]*(?:#.*)?|"(.*)")\r?$/m;

test('a line that was understood before there was a parser is read as it was', () => {
  const part = fc.constantFrom(...'ab/:=+$&*@`{}()\\\'?!^,;.-_~#" ', 'https://', '"', '" # "', 'é');
  const value = fc.array(part, { minLength: 1, maxLength: 8 }).map(parts => parts.join(''));
  const line = fc
    .tuple(
      fc.constantFrom('', '  ', '\t'),
      fc.constantFrom(' = ', '=', ':', '\t:  '),
      value,
      fc.constantFrom('', '\r', ' # c'),
    )
    .chain(([indent, separator, text, end]) =>
      fc.constantFrom(`${indent}mirror${separator}${text}${end}`, `${indent}mirror${separator}"${text}"${end}`),
    );
  let understood = 0;
  fc.assert(
    fc.property(line, each => {
      const [found, plain, quoted, written] = BEFORE.exec(each) ?? [];
      // A quote, then // and another quote: nobody has such a folder, and whoever writes it means a comment.
      if (found === undefined || /" *\/\//.test(each)) return;
      understood += 1;
      expect(valuesOf(`# before\n${each}\n`)).toEqual({ mirror: [plain ?? quoted ?? written] });
    }),
    { numRuns: 3_000 },
  );
  expect(understood).toBeGreaterThan(500);
});
