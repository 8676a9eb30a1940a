import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from './query-parser.ts';
import type { Argument, Expression } from './query-syntax.ts';

/** The tree with every bracket shown. */
function shape(expression: Expression): string {
  switch (expression.type) {
    case 'pattern':
      return expression.text;
    case 'variable':
      return `$${expression.name}`;
    case 'set':
      return `{${expression.items.map(shape).join(' ')}}`;
    case 'let':
      return `[${expression.name}=${shape(expression.value)} in ${shape(expression.body)}]`;
    case 'chain':
      return expression.rest.reduce(
        (left, { operator, operand }) => `(${left} ${operator} ${shape(operand)})`,
        shape(expression.first),
      );
    case 'call': {
      const given = [...expression.given].map(([name, argument]) => `${name}:${argumentShape(argument)}`);
      return `${expression.name}(${given.join(' ')})`;
    }
  }
}

function argumentShape(argument: Argument): string {
  switch (argument.type) {
    case 'set':
      return shape(argument.expression);
    case 'count':
      return String(argument.count);
    case 'regex':
      return String(argument.regex);
    case 'name':
      return argument.name;
  }
}

function parsed(text: string): string {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(`${result.error.what}\n${result.error.output?.join('\n')}`);
  return shape(result.value);
}

describe('a query is read as Bazel reads it', () => {
  test.each([
    ['//a/b:c', '//a/b:c'],
    ['a - b', '(a except b)'],
    ['a-b', 'a-b'],
    ['a -b', '(a except b)'],
    ['a+b^c-d', '((a union b) intersect c-d)'],
    ['a + b ^ c - d', '(((a union b) intersect c) except d)'],
    ['a union b intersect c except d', '(((a union b) intersect c) except d)'],
    ['a + (b ^ c)', '(a union (b intersect c))'],
    ['((a))', 'a'],
    ['set()', '{}'],
    ['set(//a //b $c)', '{//a //b $c}'],
    ['let v = a + b in $v - c', '[v=(a union b) in ($v except c)]'],
    ['a + let v = b in $v ^ c', '(a union [v=b in ($v intersect c)])'],
    ['let v = let w = a in $w in $v', '[v=[w=a in $w] in $v]'],
    ['"let" + \'union\'', '(let union union)'],
    ['"a b"', 'a b'],
    ['deps', 'deps'],
    ['deps (a)', 'deps(x:a)'],
    ['deps(a, 2)', 'deps(x:a depth:2)'],
    ['rdeps(a)', 'rdeps(x:a)'],
    ['rdeps(a, 2)', 'rdeps(x:a depth:2)'],
    ['rdeps(a, b)', 'rdeps(universe:a x:b)'],
    ['rdeps(a, b, 2)', 'rdeps(universe:a x:b depth:2)'],
    ['kind(.*disk, a)', 'kind(regex:/.*disk/ x:a)'],
    ['kind("disk|iso")', 'kind(regex:/disk|iso/)'],
    ['attr(packages.chrony, "^true$", a)', 'attr(name:packages.chrony regex:/^true$/ x:a)'],
    ['some(a, 3)', 'some(x:a limit:3)'],
    ['deps(\n  a,\n  1\n)', 'deps(x:a depth:1)'],
  ])('%s', (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  test('thousands of operands are no depth', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `n${index}`);
    const result = parseQuery(names.join(' + '));
    expect(result.ok && result.value.type === 'chain' && result.value.rest.length).toBe(19_999);
  });
});

describe('a mistake is shown where it stands', () => {
  test.each([
    // The marks are below the characters of the mistake.
    ['', '~', 'Expected a label, a function or (, not the end'],
    ['deps(a', '      ~', 'Expected ) for the ( at column 5, not the end'],
    ['a + ', '   ~', 'Expected a label, a function or (, not the end'],
    ['a + + b', '    ~', 'Expected a label, a function or (, not +'],
    ['a b', '  ~', 'Expected an operator or the end of the query, not b'],
    ['a)', ' ~', 'Expected an operator or the end of the query, not )'],
    ['deps(a, b, c)', '~~~~~~~~~~~~~', 'deps does not accept 3 arguments'],
    ['deps()', '~~~~~~', 'deps does not accept 0 arguments'],
    ['a + deps(b, soon)', '            ~~~~', 'The depth of deps must be a whole number'],
    ['deps(a, b + c)', '        ~~~~~', 'The depth of deps must be a whole number'],
    ['kind(deps(a), b)', '     ~~~~~~~', 'The regex of kind must be a regular expression'],
    ['attr(set(), b, c)', '     ~~~~~', 'The name of attr must be a name'],
    ['kind("(", a)', '     ~~~', 'Invalid regular expression: Unterminated group'],
    ['filter(^a, b)', '       ~', 'Expected a label, a function or (, not ^'],
    ['filter(a|b, c)', '        ~', 'A word cannot start with |'],
    ['a + "b', '    ~', 'The quote " is not closed'],
    ['dep(a)', '~~~', 'Unknown function: dep'],
    ['nonsense(a)', '~~~~~~~~', 'Unknown function: nonsense'],
    ['let = a in b', '    ~', 'Expected a name after `let`, not ='],
    ['let v a in b', '      ~', 'Expected = after let v, not a'],
    ['let v = a', '         ~', 'Expected `in` after let v = …, not the end'],
    ['in', '~~', 'Expected a label, a function or (, not in'],
    ['set', '~~~', '`set` requires words in parentheses'],
    ['set(a, b)', '     ~', 'The words of a set are separated by spaces, not by commas'],
    ['set(deps(a))', '        ~', 'Expected ) for the ( at column 4, not ('],
    ['$1', '~~', 'Invalid variable name: $1'],
    ['*', '~', 'A word cannot start with *'],
  ])('%s', (text, marks, what) => {
    const result = parseQuery(text);
    if (result.ok) expect.unreachable(`${text} is read as ${shape(result.value)}`);
    expect(result.error).toMatchObject({ code: 'AIB_QUERY_SYNTAX', what, output: [text.trimEnd(), marks] });
    expect(result.error.where).toBe(`column ${marks.indexOf('~') + 1} of the query`);
  });

  test('in a query of several lines, by line and column', () => {
    const result = parseQuery('deps(\n  a,\n  soon\n)');
    expect(result).toMatchObject({ error: { where: 'line 3, column 3 of the query', output: ['  soon', '  ~~~~'] } });
  });

  test('a function that is nearly right is named, and one that is not brings the list', () => {
    expect(parseQuery('dep(a)')).toMatchObject({ error: { hint: 'did you mean deps?' } });
    expect(parseQuery('nonsense(a)')).toMatchObject({ error: { hint: expect.stringContaining('rdeps, allpaths') } });
  });

  test('wrong arguments bring the forms of the function', () => {
    expect(parseQuery('deps()')).toMatchObject({ error: { hint: 'write deps(x) or deps(x, depth)' } });
  });

  test('endless nesting is refused before the stack ends', () => {
    for (const text of [`${'('.repeat(100_000)}a`, `${'deps('.repeat(100_000)}a`, 'let v = '.repeat(100_000)])
      expect(parseQuery(text)).toMatchObject({ error: { what: 'The query is nested deeper than 200 levels' } });
  });

  test('whatever is typed, the answer is a tree or a failure with a place', () => {
    const piece = fc.constantFrom(
      'deps',
      'rdeps',
      'kind',
      '(',
      ')',
      ',',
      '+',
      '-',
      '^',
      '=',
      'let',
      'in',
      'set',
      '//a',
      '$v',
      '"',
      "'",
      '3',
      ' ',
      '\n',
      '|',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const result = parseQuery(pieces.join(''));
        if (!result.ok) expect(result.error.where).toMatch(/column \d+ of the query$/);
      }),
      { numRuns: 500 },
    );
  });
});
