// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HOCON's substitutions look like this.
import { describe, expect, test } from 'vitest';
import { complaint, read } from './test-show.ts';

describe('a substitution', () => {
  test('takes the value that the path has in the end, with its kind', () => {
    expect(read('a = ${b.c}, b { c = 1 }, b.c = 3.10')).toBe('{"a":3.10,"b":{"c":3.10}}');
    expect(read('base = {x : 1}, c = ${base}{y : 2}, base = {x : 5}')).toBe('{"base":{"x":5},"c":{"x":5,"y":2}}');
    expect(read('a = [${b}, ${c}], b = true, c = null')).toBe('{"a":[true,null],"b":true,"c":null}');
  });

  test('becomes part of a text, numbers as they were written', () => {
    expect(read('v = 3.10, a = r${v}, b = ${v} x ${v}, c = "${v}", d = ${t}${n}, t = TRUE, n = null')).toBe(
      '{"v":3.10,"a":"r3.10","b":"3.10 x 3.10","c":"${v}","d":"truenull","t":true,"n":null}',
    );
  });

  test('finds quoted keys by their quotes', () => {
    expect(read('"3.20" { a = 1 }, x = ${"3.20".a}, y = ${?3.20.a}')).toBe('{"3.20":{"a":1},"x":1}');
  });

  test('that is optional and has no value leaves the key, the item or the text out', () => {
    expect(
      read('a = ${?x}, b = [1, ${?x}, 2], c = "<"${?x}">", d = ${?x} ${?y}, e = ${?x} [1], f = ${?x} {g = 1}'),
    ).toBe('{"b":[1,2],"c":"<>","e":[1],"f":{"g":1}}');
    expect(read('a = 1, a = ${?x}')).toBe('{"a":1}');
  });

  test('does not read the environment', () => {
    process.env.AIB_TEST_HOCON = 'leaked';
    expect(read('a = ${?AIB_TEST_HOCON}')).toBe('{}');
    expect(read('a = ${AIB_TEST_HOCON}')).toBe('AIB_CONFIG_SUBSTITUTION t:1:5');
    delete process.env.AIB_TEST_HOCON;
  });

  test('is not looked at when a later value hides it', () => {
    expect(read('a = ${nowhere}, a = 42, b = ${nowhere}, b = ${a}')).toBe('{"a":42,"b":42}');
  });

  test('may lead into the object it stands in, or to and fro between two', () => {
    expect(read('bar { foo = 42, baz = ${bar.foo} }, bar { foo = 43 }')).toBe('{"bar":{"foo":43,"baz":43}}');
    expect(read('bar { a = ${foo.d}, b = 1 }, bar.b = 3, foo { c = ${bar.b}, d = 2 }, foo.d = 4')).toBe(
      '{"bar":{"a":4,"b":3},"foo":{"c":3,"d":4}}',
    );
    expect(read('bar = ${base}, base { foo = ${bar.x}, x = 1 }')).toBe(
      '{"bar":{"foo":1,"x":1},"base":{"foo":1,"x":1}}',
    );
    expect(read('east = ${any} { name = east, dir = /x/${east.name} }, any { size = 6 }')).toBe(
      '{"east":{"size":6,"name":"east","dir":"/x/east"},"any":{"size":6}}',
    );
  });

  test('may lead back through several others, as long as it asks for another key', () => {
    expect(read('bar = ${mid}, mid = ${base}, base { foo = ${bar.x}, x = 1 }')).toBe(
      '{"bar":{"foo":1,"x":1},"mid":{"foo":1,"x":1},"base":{"foo":1,"x":1}}',
    );
  });

  test('does not see what a later text has hidden', () => {
    expect(read('a { k { x = 1 } }, a = ${b}, a { k = 1 }, a = ${b}, a { k { y = 2 } }, b {}, d = ${?a.k.x}')).toBe(
      '{"a":{"k":{"y":2}},"b":{}}',
    );
  });

  test('merges deeply with what is written before and after it', () => {
    expect(read('b { x { p = 1 }, y = 1 }, a { x { q = 2 } }, a = ${b}, a { x { p = 3 }, z = 4 }, c = ${a.x}')).toBe(
      '{"b":{"x":{"p":1},"y":1},"a":{"x":{"q":2,"p":3},"y":1,"z":4},"c":{"q":2,"p":3}}',
    );
  });

  test('is looked into through others, whichever key is asked for first', () => {
    const text = 'a = ${b}, c = ${a.b}, b = ${c}, c { a = ${c.b}, b = 2 }';
    const value = '"a":{"a":2,"b":2},"c":{"a":2,"b":2},"b":{"a":2,"b":2}}';
    expect(read(text)).toBe(`{${value}`);
    for (const first of ['b.c', 'c.x', 'a.c']) expect(read(`first = \${?${first}}, ${text}`)).toBe(`{${value}`);
    expect(read(`first = \${a.b}, ${text}`)).toBe(`{"first":2,${value}`);
  });

  test('of a text hides the object before it', () => {
    expect(read('s = 5, a { x = 1 }, a = ${s}, b = ${?a.x}, c { x = 1 }, c = ${s}, c { y = 2 }')).toBe(
      '{"s":5,"a":5,"c":{"y":2}}',
    );
  });
});

describe('a reference to the key that is being defined', () => {
  test('sees the statements before it', () => {
    expect(read('path = "a:b", path = ${path}":c", path = ${path}":d"')).toBe('{"path":"a:b:c:d"}');
    expect(read('a = [1], a = ${a} [2], a = [${a}, 3]')).toBe('{"a":[[1,2],3]}');
    expect(read('a = [1], a = ${a} [{ x = ${a} }]')).toBe('{"a":[1,{"x":[1]}]}');
  });

  test('sees them through a path of its own as well', () => {
    expect(read('foo { a { c = 1 } }, foo = ${foo.a}, foo { a = 2 }')).toBe('{"foo":{"a":2,"c":1}}');
    expect(read('a { k = 1 }, a = ${a} { k = ${a.k}x }, a = ${a} { k = ${a.k}y }, a = ${a} { z = ${a.k} }')).toBe(
      '{"a":{"k":"1xy","z":"1xy"}}',
    );
    expect(read('a { z = 1 }, a = { z = 2 } ${a}')).toBe('{"a":{"z":1}}');
  });

  test('has no value where there is nothing before', () => {
    expect(read('a = ${?a}foo, b = ${?b}')).toBe('{"a":"foo"}');
    expect(read('a = ${a}foo')).toBe('AIB_CONFIG_SUBSTITUTION t:1:5');
  });
});

describe('what is wrong', () => {
  test.each([
    ['a = ${b}, b = ${a}', 'AIB_CONFIG_CYCLE t:1:15'],
    ['a = ${?b}, b = ${?a}', 'AIB_CONFIG_CYCLE t:1:16'],
    ['a { b = ${a} }', 'AIB_CONFIG_CYCLE t:1:9'],
    ['a { b = ${c} }, c { d = ${a} }', 'AIB_CONFIG_CYCLE t:1:25'],
    ['a = ${b.x}, b = ${a}', 'AIB_CONFIG_CYCLE t:1:5'],
    ['a = ${b}, b = 1, c = ${a.x}', 'AIB_CONFIG_SUBSTITUTION t:1:22'],
    ['a = ${b}{x = 1}, b = 5', 'AIB_CONFIG_SUBSTITUTION t:1:5'],
    ['a = ${b} [1], b = x', 'AIB_CONFIG_SUBSTITUTION t:1:5'],
    ['a = x ${b}, b = [1]', 'AIB_CONFIG_SUBSTITUTION t:1:7'],
    ['a = ${b} ${c}, b = [1], c { d = 1 }', 'AIB_CONFIG_SUBSTITUTION t:1:10'],
    ['a = 1, a += 2', 'AIB_CONFIG_SUBSTITUTION t:1:13'],
  ])('%j is refused', (text, failure) => {
    expect(read(text)).toBe(failure);
  });

  test('a cycle is told with every step of it', () => {
    expect(complaint('a = ${b}\nb = ${c.x}\nc { x = ${a} }')).toBe(
      [
        'The substitution ${a} refers back to itself [AIB_CONFIG_CYCLE]',
        '  at    t:3:9',
        '  | c { x = ${a} }',
        '  |         ~~~~',
        '  | from ${b} at t:1:5',
        '  | then ${c.x} at t:2:5',
        '  | then ${a} at t:3:9',
        '  try   set one of these keys to a value without a reference',
      ].join('\n'),
    );
  });

  test('a path that nearly exists is told', () => {
    expect(complaint('Default { project = x }\na = ${Default.projct}')).toContain('try   write ${Default.project}, or');
  });
});
