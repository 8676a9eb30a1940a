// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HOCON's substitutions look like this.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aibHome } from '../../util/files/home.ts';
import { loadHocon } from './load.ts';
import { parseHocon } from './parse.ts';
import { read } from './test-show.ts';

// ---------------------------------------------------------------------------------------------------------------------------------------
// Whatever the text, the answer is a value or a failure with a place, and soon.

const fragments = fc.constantFrom(
  ...[
    'a',
    'b',
    'a.b',
    'b.a',
    '${a}',
    '${?a}',
    '${b}',
    '${a.b}',
    '${?b.a}',
    '{',
    '}',
    '[',
    ']',
    '=',
    ':',
    '+=',
    ',',
    '\n',
    ' ',
  ],
  ...[
    '"',
    '"""',
    '\\',
    '\\\n',
    '#',
    '//',
    '$',
    '${',
    'null',
    'true',
    '3.10',
    '"x"',
    'include',
    'include "a"',
    '.',
    '\t',
    '\ufeff',
    '+',
  ],
  ...[
    '__proto__',
    '${__proto__}',
    'constructor',
    '"__proto__"',
    '${?a.constructor}',
    '\u0000',
    '\ud800',
    '😀',
    'required(',
  ],
);
const statement = fc.constantFrom(
  ...[
    'a = ${b}',
    'b = ${a}',
    'a = ${a} ${b}',
    'a { b = ${c} }',
    'c = ${a.b}',
    'a = ${?a} { b = ${?a.b} }',
    'a += ${c}',
    'b = [${a}]',
  ],
  ...[
    'c = {x = ${b}} ${?a}',
    'a = null',
    'a.b.c = ${b.c}',
    'b { c = 1 }',
    'b.c = x',
    'a = [1]',
    'c { a = ${c.b}, b = 2 }',
    'b = ${c}',
  ],
  ...['a.b = ${a.b}x', 'c = ${c}${c}', 'b = ${?b} [{ a = ${b} }]', 'c += { d = ${?c} }', 'a = ${b} {c = {d = ${a.c}}}'],
);

function survives(text: string): void {
  const before = Reflect.ownKeys(Object.prototype).length;
  const result = parseHocon(text, 'f');
  if (!result.ok) {
    expect(result.error.code).toMatch(/^AIB_CONFIG_/);
    expect(result.error.where).toMatch(/^f:\d+:\d+$/);
    expect(result.error.output?.length).toBeGreaterThanOrEqual(2);
  }
  expect(Reflect.ownKeys(Object.prototype).length).toBe(before);
}

test('random characters and random fragments are read or refused', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), survives), { numRuns: 500 });
  fc.assert(
    fc.property(fc.array(fragments, { maxLength: 40 }), parts => survives(parts.join(''))),
    { numRuns: 1000 },
  );
});

test('random substitutions are resolved or refused, and twice the same', () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 12 }), statements => {
      const text = statements.join('\n');
      survives(text);
      expect(read(text)).toBe(read(text));
    }),
    { numRuns: 1000 },
  );
});

test('a value does not depend on which key is asked for first', () => {
  const path = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', 'c.x', 'a.c.d', 'c.a');
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 7 }), path, (statements, first) => {
      const plain = read(statements.join('\n'));
      const asked = read([`first = \${?${first}}`, ...statements].join('\n'));
      expect(asked.startsWith('{')).toBe(plain.startsWith('{'));
      if (plain.startsWith('{')) expect(asked.endsWith(plain.slice(1))).toBe(true);
    }),
    { numRuns: 1500 },
  );
});

test('random bytes in a file are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
      const access = { realPath: (path: string) => path, read: () => ({ kind: 'bytes', bytes }) as const };
      const result = loadHocon('/r/a.conf', { roots: ['/r'], access });
      expect(result.ok || result.error.code.startsWith('AIB_CONFIG_')).toBe(true);
    }),
  );
});

test('a document with a part cut out, doubled or replaced is read or refused', () => {
  const document = [
    'project = https://alpinelinux.org/cloud',
    'Default { project = ${project}, name = [ alpine, r${v} ], v = 3.10',
    '  motd { wiki = \\\n "a\\n"\\\n "b" } }',
    '"3.20" { include "x.conf" } # note',
    'a { b = """x\n"""", c += 1 }, a = ${?a} { d = ${a.b} }',
  ].join('\n');
  const place = fc.nat(document.length);
  fc.assert(
    fc.property(place, place, fragments, fc.boolean(), (from, to, fragment, twice) => {
      const cut = document.slice(Math.min(from, to), Math.max(from, to));
      survives(
        document.slice(0, Math.min(from, to)) +
          fragment +
          (twice ? cut + cut : '') +
          document.slice(Math.max(from, to)),
      );
    }),
    { numRuns: 1000 },
  );
});

/** The tree that comes with aib, by path below /r. */
const folder = join(aibHome(), 'configs');
const real = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.conf'))
    .map(name => [join('/r', name), readFileSync(join(folder, name), 'utf8')]),
);

test('a real tree with a part of one file cut out, doubled or replaced is read or refused', () => {
  const where = fc.double({ min: 0, max: 1, noNaN: true });
  const more = fc.oneof(
    fragments,
    statement,
    fc.constantFrom('include "images.conf"', 'include "../../x.conf"', '"""'),
  );
  fc.assert(
    fc.property(fc.constantFrom(...real.keys()), where, where, more, fc.boolean(), (name, one, other, extra, twice) => {
      const text = real.get(name) ?? '';
      const [from = 0, to = 0] = [one, other].map(part => Math.floor(part * text.length)).sort((a, b) => a - b);
      const cut = text.slice(from, to);
      const files = new Map(real).set(name, text.slice(0, from) + extra + (twice ? cut + cut : '') + text.slice(to));
      const read = (path: string) => {
        const found = files.get(path);
        return found === undefined
          ? ({ kind: 'absent' } as const)
          : ({ kind: 'bytes', bytes: Buffer.from(found) } as const);
      };
      const result = loadHocon('/r/images.conf', { roots: ['/r'], access: { realPath: path => path, read } });
      if (result.ok) return;
      expect(result.error.code).toMatch(/^AIB_CONFIG_/);
      expect(result.error.where).toMatch(/^\/r\/[\w/.-]+:\d+:\d+$/);
    }),
    { numRuns: 1000 },
  );
});

// ---------------------------------------------------------------------------------------------------------------------------------------
// What was written comes back.

type Plain =
  | string
  | boolean
  | null
  | Plain[]
  | { readonly entries: readonly (readonly [string, Plain])[] }
  | { readonly number: string };

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('__proto__', 'a.b', 'include', '3.20', '', '"""'),
);
const { value: plain } = fc.letrec<{ value: Plain }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    word,
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('3.10', '007', '-0.5', '1e9', '0').map(number => ({ number })),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(word, tie('value')), { maxLength: 4, selector: ([key]) => key })
      .map(entries => ({ entries })),
  ),
}));

/** Written in one of several ways, by a style that a number chooses. */
function write(value: Plain, style: number): string {
  const comma = style % 2 === 0 ? ',' : '\n';
  const next = Math.floor(style / 2);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') {
    return style % 3 === 0 && !value.endsWith('"') && !value.includes('"""') ? `"""${value}"""` : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(item => write(item, next)).join(comma)}]`;
  if ('number' in value) return value.number;
  const separator = [' = ', ':', ' : ', '\n=\n'][style % 4] ?? '=';
  return `{${value.entries.map(([key, inner]) => JSON.stringify(key) + separator + write(inner, next)).join(comma)}}`;
}

function expected(value: Plain): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(expected).join(',')}]`;
  if ('number' in value) return value.number;
  return `{${value.entries.map(([key, inner]) => `${JSON.stringify(key)}:${expected(inner)}`).join(',')}}`;
}

test('any value comes back as it was written, in its order', () => {
  fc.assert(
    fc.property(plain, fc.nat(1000), (value, style) => {
      expect(read(`a = ${write(value, style)}`)).toBe(`{"a":${expected(value)}}`);
    }),
    { numRuns: 1000 },
  );
});

test('any value comes back through a substitution, alone and inside others', () => {
  fc.assert(
    fc.property(plain, fc.nat(1000), (value, style) => {
      const text = expected(value);
      expect(read(`b = \${a}\na = ${write(value, style)}\nc = [\${a}]\nd { e = \${b} }`)).toBe(
        `{"b":${text},"a":${text},"c":[${text}],"d":{"e":${text}}}`,
      );
    }),
    { numRuns: 500 },
  );
});

// ---------------------------------------------------------------------------------------------------------------------------------------
// Texts that were made to hurt. Each is well below a second; the bounds only tell minutes from moments on a busy machine.

const MIB = 1 << 20;
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

test.each([
  ['a million brackets', `a = ${'['.repeat(MIB)}`],
  ['half a million braces', '{a'.repeat(MIB / 2)],
  ['a path of half a million keys', `${'a.'.repeat(MIB / 2)}b = 1`],
  ['texts that double', `a0 = x\n${lines(200, i => `a${i + 1} = \${a${i}}\${a${i}}`)}`],
  ['arrays that double', `a0 = [1]\n${lines(200, i => `a${i + 1} = \${a${i}}\${a${i}}`)}`],
  ['objects that double', `a0 = {x : 1}\n${lines(60, i => `a${i + 1} = {l = \${a${i}}, r = \${a${i}}}`)}`],
  ['one key that doubles itself', `a = x\n${lines(200, () => 'a = ${a}${a}')}`],
  ['a chain of substitutions', lines(50_000, i => `a${i} = \${a${i + 1}}`)],
  ['a chain through arrays and objects', lines(5_000, i => `a${i} = [[{x = [\${a${i + 1}} {y = 1}]}]]`)],
  ['objects that grow deeper', `a0 = {}\n${lines(5_000, i => `a${i + 1} = {x = \${a${i}}}`)}`],
  ['a key that refers to itself again and again', `a = {x : 1}\n${lines(20_000, i => `a = \${?a}{k${i} : \${a.x}}`)}`],
  ['merges upon merges', `b = {x : 1}\n${lines(5_000, i => `a = \${b}{k${i} : \${a.x}}`)}`],
])(
  '%s end at a limit',
  (_, text) => {
    expect(read(text)).toMatch(/^AIB_CONFIG_LIMIT t:\d+:\d+$/);
  },
  20_000,
);

test.each([
  ['a string', `a = "${'x'.repeat(MIB)}"`],
  ['a string of escapes', `a = "${'\\n'.repeat(MIB / 2)}"`],
  ['a string of quotes', `a = """${'"x\n'.repeat(MIB / 4)}"""`],
  ['a word', `a = ${'x'.repeat(MIB)}`],
  ['digits', `a = ${'1.'.repeat(MIB / 2)}e`],
  ['comments', '# x\n'.repeat(MIB / 4)],
  ['white space', ' '.repeat(MIB)],
  ['one key', lines(100_000, () => 'a = 1')],
  ['one key appended to', lines(80_000, i => `a += ${i}`)],
  [
    'many keys',
    lines(
      7_000,
      i => `block${i} {\n  name = [ alpine, "x${i}" ]\n  url = https://example.org/${i}\n  v = \${block0.name}\n}`,
    ),
  ],
])(
  'a megabyte of %s is read',
  (_, text) => {
    const start = performance.now();
    expect(parseHocon(text, 't').ok).toBe(true);
    expect(performance.now() - start).toBeLessThan(10_000);
  },
  20_000,
);

test('the deepest nesting that is allowed can be read and walked, one more is refused', () => {
  const deep = `[${'['.repeat(98)}${']'.repeat(98)}]`;
  expect(read(`a = ${deep}, b = \${a}, c = [1]`)).toBe(`{"a":${deep},"b":${deep},"c":[1]}`);
  expect(read(`a = ${deep}, b = [\${a}], c = [[\${a}]]`)).toBe(
    `AIB_CONFIG_LIMIT t:1:${`a = ${deep}, b = [\${a}], c = `.length + 1}`,
  );
});

test('as many substitutions in a row as are allowed do not exhaust the stack', () => {
  const text = `a = x\n${lines(240, () => 'a = ${?n}${a}y${?n}')}`;
  expect(read(text)).toBe(`{"a":"x${'y'.repeat(240)}"}`);
});
