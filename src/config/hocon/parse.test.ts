// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HOCON's substitutions look like this.
import { describe, expect, test } from 'vitest';
import { parseHocon } from './parse.ts';
import { complaint, read } from './test-show.ts';

describe('values', () => {
  test('a number keeps the text it was written with', () => {
    expect(read('a = 3.10, b = 007, c = 0.5, d = -1e+5, e = .5')).toBe('{"a":3.10,"b":007,"c":0.5,"d":-1e+5,"e":.5}');
  });

  test('what only begins like a number, a boolean or null is a text', () => {
    expect(read('a = 1G, b = 169.254.169.123, c = trueish, d = -, e = 1 2, f = "1", g = true x')).toBe(
      '{"a":"1G","b":"169.254.169.123","c":"trueish","d":"-","e":"1 2","f":"1","g":"true x"}',
    );
  });

  test('true, false and null count in any case', () => {
    expect(read('a = TRUE, b = False, c = Null, d = "true"')).toBe('{"a":true,"b":false,"c":null,"d":"true"}');
  });

  test('an unquoted URL is a text and its slashes are no comment', () => {
    expect(read('a = https://alpinelinux.org/cloud\nb = [ - https://x//y ]')).toBe(
      '{"a":"https://alpinelinux.org/cloud","b":["- https://x//y"]}',
    );
  });

  test('after the separator colons are text', () => {
    expect(read('a: b: c\nd = x:y')).toBe('{"a":"b: c","d":"x:y"}');
  });

  test('texts side by side are one text with the space between them and none around', () => {
    expect(read('a =   Alpine   Test  # note\nb = "x"y "z"')).toBe('{"a":"Alpine   Test","b":"xy z"}');
  });

  test('a backslash at the end of a line continues the value without the indentation', () => {
    expect(read('a = \\\n    "x\\n"\\\n    "y"\nb = c \\\n  d')).toBe('{"a":"x\\ny","b":"c d"}');
  });

  test('strings in double quotes have the escapes of JSON', () => {
    expect(read(String.raw`a = "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`)).toBe(
      `{"a":${JSON.stringify('"\\/\b\f\n\r\té😀')}}`,
    );
  });

  test('triple quotes take lines, backslashes and further quotes as they are', () => {
    expect(read('a = """x\n\\n "y"""" z')).toBe('{"a":"x\\n\\\\n \\"y\\" z"}');
  });

  test('arrays separate their items by commas or by lines, and a last comma is nothing', () => {
    expect(read('a = [\n  Alpine Test\n  b, c\n  ,\n]\nb = [1,]')).toBe('{"a":["Alpine Test","b","c"],"b":[1]}');
  });

  test('objects and arrays side by side are merged and joined', () => {
    expect(read('a = {x = 1} {y = 2, x = 3}, b = [1] [2]')).toBe('{"a":{"x":3,"y":2},"b":[1,2]}');
  });
});

describe('keys', () => {
  test('an unquoted dot is a path, a quoted one is not', () => {
    expect(read('3.20 { a = 1 }, "3.20" { b = 2 }, a."b.c".d = 3')).toBe(
      '{"3":{"20":{"a":1}},"3.20":{"b":2},"a":{"b.c":{"d":3}}}',
    );
  });

  test('a key may have spaces, and spaces around dots are nothing', () => {
    expect(read('a b . c = 1, "x" y = 2, "" = 3, d e.f g = 4')).toBe('{"a b":{"c":1},"x y":2,"":3,"d e":{"f g":4}}');
  });

  test('keys keep the place where they first stood, quoted or not, numbers or not', () => {
    expect(read('z = 1, "b c" = 2, 10 = 3, a = 4, 9 = 5, z = 6')).toBe('{"z":6,"b c":2,"10":3,"a":4,"9":5}');
  });

  test('names of JavaScript are keys like any other', () => {
    const text =
      '__proto__.a = 1, "__proto__" { b = 2 }, constructor = 3, c = ${__proto__.a}, toString = ${?hasOwnProperty}';
    expect(read(text)).toBe('{"__proto__":{"a":1,"b":2},"constructor":3,"c":1}');
  });

  test('a separator may stand on the next line, and an object needs none', () => {
    expect(read('a\n=\n1\nb\n{ c : 2 }')).toBe('{"a":1,"b":{"c":2}}');
  });

  test.each([
    ['include\n  "x"', 'AIB_CONFIG_INCLUDE t:1:1'],
    ['include\n\n  # here\n  required("x")', 'AIB_CONFIG_INCLUDE t:1:1'],
    ['a { include\n"x" }', 'AIB_CONFIG_INCLUDE t:1:5'],
    ['include\n= 1', '{"include":1}'],
    ['include\n{ a = 1 }', '{"include":{"a":1}}'],
  ])('what is included may stand on the next line: %j', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test('only where a file name follows is include a statement', () => {
    expect(read('include = 1, a { "include" = 2, include.x = 3 }')).toBe('{"include":1,"a":{"include":{"x":3}}}');
    expect(read('include "x"')).toBe('AIB_CONFIG_INCLUDE t:1:1');
  });
});

describe('the document', () => {
  test('the braces around it may be left out, and it may be empty', () => {
    expect(read('')).toBe('{}');
    expect(read('\ufeff # nothing\n')).toBe('{}');
    expect(read('\n { a = 1 }\n// end\n')).toBe('{"a":1}');
  });

  test('comments start with # anywhere and with // where a token could start', () => {
    expect(read('# x\na = b#c\nd = e // f\n// g\nh = [1 # i\n 2]')).toBe('{"a":"b","d":"e","h":[1,2]}');
  });

  test('lines may end as on Windows', () => {
    expect(read('a = b c\r\nd = [\r\n1\r\n2\r\n]\r\ne = f \\\r\n g\r\n')).toBe('{"a":"b c","d":[1,2],"e":"f g"}');
  });

  test('every value knows its line and column', () => {
    const result = parseHocon('a {\n  "b" = [ x,\n\t"y" ]\n  c = """\n"""\n  d = ${a.c} z\n}', 'dir/t.conf');
    const a = result.ok ? result.value.entries.get('a') : undefined;
    if (a?.kind !== 'object') throw new Error('a is no object');
    const b = a.entries.get('b');
    if (b?.kind !== 'array') throw new Error('b is no array');
    expect(a.at).toEqual({ file: 'dir/t.conf', line: 1, column: 3 });
    expect(b.at).toEqual({ file: 'dir/t.conf', line: 2, column: 9 });
    expect(b.items.map(item => [item.at.line, item.at.column])).toEqual([
      [2, 11],
      [3, 2],
    ]);
    expect(a.entries.get('d')?.at).toEqual({ file: 'dir/t.conf', line: 6, column: 7 });
  });
});

describe('the same key twice', () => {
  test('objects merge, everything else is replaced', () => {
    expect(read('a { x = 1, y { z = 2 } }\na.y.w = 3\na = { x = 4 }')).toBe('{"a":{"x":4,"y":{"z":2,"w":3}}}');
    expect(read('a = [1], a = [2], b = 1, b { c = 2 }, d { e = 1 }, d = 2')).toBe('{"a":[2],"b":{"c":2},"d":2}');
  });

  test('a value after null tells that it resets, and a last null is null', () => {
    expect(read('repos = null\nrepos { a = true }')).toBe('{"repos":!{"a":true}}');
    expect(read('a { x = 1 }, a = null, a { y = 2 }, a { z = 3 }')).toBe('{"a":!{"y":2,"z":3}}');
    expect(read('a = null, a = 1, a = [2], b = 1, b = null')).toBe('{"a":![2],"b":null}');
    expect(read('m { x = null }, m { x = 5, y = 6 }')).toBe('{"m":{"x":!5,"y":6}}');
  });

  test('an object that merges with what a substitution gives still tells that it resets', () => {
    expect(read('b { x = 1 }, a = null, a = ${b} { y = 2 }')).toBe('{"b":{"x":1},"a":!{"x":1,"y":2}}');
    expect(read('b { x = 1 }, a = null, a = ${b}, a { y = 2 }')).toBe('{"b":{"x":1},"a":!{"x":1,"y":2}}');
  });

  test('an object keeps what its own statements reset when a substitution puts it elsewhere', () => {
    expect(read('b { c = null, c { x = 1 } }, a = ${b}, a { d = 2 }')).toBe(
      '{"b":{"c":!{"x":1}},"a":{"c":!{"x":1},"d":2}}',
    );
    expect(read('b { c = 1 }, a { c = null }, a = ${b}, a { c = 5 }')).toBe('{"b":{"c":1},"a":{"c":!5}}');
  });

  test('+= appends one item to an array, and begins one where there is none', () => {
    expect(read('a = [1], a += 2, a += [3], a += x y, b += 1, c = null, c += 1')).toBe(
      '{"a":[1,2,[3],"x y"],"b":[1],"c":![1]}',
    );
    expect(read('n = 7, a += ${n}, a += {b = ${n}}, o { a += 1 }, o { a += 2 }')).toBe(
      '{"n":7,"a":[7,{"b":7}],"o":{"a":[1,2]}}',
    );
    expect(read('a += 1, a += ${a}, a += 2')).toBe('{"a":[1,[1],2]}');
  });
});

describe('what is wrong', () => {
  test.each([
    ['a = [1', 't:1:5'],
    ['a {\n b = 1', 't:1:3'],
    ['a = 1 }', 't:1:7'],
    ['{ a = 1 } b = 2', 't:1:11'],
    ['[1]', 't:1:1'],
    ['a', 't:1:1'],
    ['a = ', 't:1:3'],
    ['a = \n}', 't:1:3'],
    ['= 1', 't:1:1'],
    ['a..b = 1', 't:1:1'],
    ['.a = 1', 't:1:1'],
    ['a. = 1', 't:1:1'],
    ['a = 1,, b = 2', 't:1:7'],
    [', a = 1', 't:1:1'],
    ['a = [1,,2]', 't:1:8'],
    ['a = [,1]', 't:1:6'],
    ['a = b = c', 't:1:7'],
    ['a = b@c', 't:1:6'],
    ['a = $b', 't:1:5'],
    ['a = ${}', 't:1:5'],
    ['a = ${b', 't:1:5'],
    ['a = "b', 't:1:5'],
    ['a = """b', 't:1:5'],
    ['a = "\\q"', 't:1:6'],
    ['a = "\\u12g4"', 't:1:6'],
    ['a = "\\ud83d"', 't:1:5'],
    ['a = b {c = 1}', 't:1:7'],
    ['a = [1] b', 't:1:9'],
    ['a = [1] {b = 1}', 't:1:9'],
    ['a = : b', 't:1:5'],
    ['include foo.conf', 't:1:1'],
    ['include foo("x")', 't:1:1'],
    ['a = b \\ c', 't:1:7'],
  ])('%j is refused where it goes wrong', (text, where) => {
    expect(read(text)).toBe(`AIB_CONFIG_SYNTAX ${where}`);
  });

  test('the message shows the line with a squiggle and what to write instead', () => {
    expect(complaint('x = 1\n\toptions = console=ttyS0,115200\n')).toBe(
      [
        'The character = requires double quotes [AIB_CONFIG_SYNTAX]',
        '  at    t:2:19',
        '  |  options = console=ttyS0,115200',
        '  |                   ~',
        '  try   write "console=ttyS0"',
      ].join('\n'),
    );
  });

  test('a long line is cut around the place', () => {
    const lines = complaint(`a = ${'x'.repeat(500)} @ ${'y'.repeat(500)}`).split('\n');
    const [line, squiggle] = lines.filter(text => text.startsWith('  | '));
    expect(line?.length).toBeLessThan(110);
    expect(squiggle?.indexOf('~')).toBe(line?.indexOf('@'));
  });

  test('control characters of the text do not reach the terminal', () => {
    expect(complaint('a = \u001b[31m "\u001b]0;x"')).not.toContain('\u001b');
  });
});
