// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HOCON's substitutions look like this.
/**
 * Compares aib's parser with `@pushcorn/hocon-parser` on generated texts, where that one follows the specification; docs/dependencies.md
 * lists the exceptions.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadHocon } from '../../src/config/hocon/load.ts';
import { parseHocon } from '../../src/config/hocon/parse.ts';
import type { HoconValue } from '../../src/config/hocon/value.ts';
import { loadElsewhere, type PlainValue, parseElsewhere } from './other-parser.ts';

it('reads generated texts as another parser does, key order included', async () => {
  await fc.assert(
    fc.asyncProperty(document, async text => {
      expect(JSON.stringify(ours(text))).toBe(JSON.stringify(await parseElsewhere(text)));
    }),
    { numRuns: 300 },
  );
}, 120_000);

it('follows includes as another parser does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-differential-'));
  try {
    await fc.assert(
      fc.asyncProperty(includable, includable, includable, async (top, included, deeper) => {
        const files = {
          'a.conf': `${top}\ninclude "b.conf"\no { include required("b.conf") }\n${top}`,
          'b.conf': `${included}\ninclude required("c.conf")\ninclude "missing.conf"`,
          'c.conf': deeper,
        };
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
        const loaded = loadHocon(join(folder, 'a.conf'), { roots: [folder] });
        const root = loaded.ok ? plain(loaded.value.root) : expect.unreachable(loaded.error.what);
        expect(JSON.stringify(root)).toBe(JSON.stringify(await loadElsewhere(join(folder, 'a.conf'), folder)));
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

it.each([
  ['run code in a filter', 'a = 1 | eval { expr = "process.exit(3)" }'],
  ['run code in a file', 'include script("x.conf")'],
  ['fetch an address', 'include url("http://127.0.0.1:1/x.conf")'],
  ['read a package', 'include classpath("fs")'],
  ['read a file outside the folder', 'include required("/etc/hostname")'],
  ['change the prototype of all objects', '"__proto__" { polluted = 1 }'],
])('does not let the other parser %s', async (_, text) => {
  await expect(parseElsewhere(text)).rejects.toThrow();
  expect(({} as { readonly polluted?: number }).polluted).toBeUndefined();
});

// -- texts: each key has one kind of value, because the parsers treat mixtures differently

const key = (kind: string) => fc.constantFrom(`${kind}1`, `${kind}2`, `"${kind}.3"`);
const word = fc.constantFrom('x', 'Alpine Linux', '3.20-r1', 'work/firmware/a.bin', 'on');
const quoted = fc
  .oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom('3.20', 'console=ttyS0,115200n8', '{release}', '"', '\\', 'é€😀', '#', '//'),
  )
  .map(text => JSON.stringify(text));
const triple = fc.constantFrom('"""a "quoted" \\n text"""', '"""two\nlines"""', '""""""');
const scalar = fc.oneof(word, quoted, triple, fc.constantFrom('true', 'false', 'null', '0', '12', '-3', '2.5'));
const space = fc.constantFrom('', ' ', '  ', '\t');
const separator = fc.constantFrom('=', ':', ' = ', ' : ');
const comment = fc.constantFrom('', ' # c', ' // c "x" {', '\n# c\n');

const list = fc
  .tuple(
    fc.array(
      fc.oneof(
        scalar,
        scalar.map(item => `[${item}]`),
        scalar.map(item => `{ k = ${item} }`),
      ),
      { maxLength: 3 },
    ),
    fc.constantFrom(',', '\n', ', ', ',\n'),
  )
  .map(([items, comma]) => `[${items.join(comma)}]`);
const { fields } = fc.letrec<{ fields: string; field: string }>(tie => ({
  fields: fc
    .tuple(fc.array(tie('field'), { maxLength: 3 }), fc.constantFrom(',', '\n', '\n\n'))
    .map(([all, comma]) => all.join(comma)),
  field: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(key('s'), separator, scalar).map(parts => parts.join('')),
    fc.tuple(key('l'), separator, list).map(parts => parts.join('')),
    fc
      .tuple(key('o'), fc.constantFrom(' ', ' = ', ' : '), tie('fields'))
      .map(([name, sign, inner]) => `${name}${sign}{${inner}\n}`),
    fc.tuple(key('o'), key('s'), scalar).map(([outer, inner, value]) => `${outer}.${inner} = ${value}`),
  ),
}));

const substitution = fc.constantFrom(
  ...[
    't1 = ${base.s}',
    't2 = ${base.s}"/"${base.t}',
    't3 = a ${base.s} b',
    't4 = ${?gone}',
    't5 = x${?gone}y',
    't6 = ${base."q.r"}',
  ],
  ...['t7 = ${base.l}', 't8 = ${base.l} [1] ${base.l}', 't9 = [${base.s}, ${base.t}]', 't7 = [1]'],
  ...[
    'u1 = ${base.o}',
    'u2 = ${base.o} { more = 1 }',
    'u3 { inner = ${base.o.k} }',
    'u1 { k = 7 }',
    'w += "x"',
    'w = ["y"]',
  ],
);
const other = fc.oneof({ weight: 2, arbitrary: fields }, { weight: 1, arbitrary: substitution });
const BASE = 'base { s = text, t = "a b", "q.r" = z, l = [1, two], o { k = v } }';
const documentOf = (statement: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(statement, space, comment), { maxLength: 6 })
    .map(statements => [BASE, ...statements.map(parts => parts.join(''))].join('\n'));
const document = documentOf(
  fc.oneof({ weight: 6, arbitrary: other }, { weight: 1, arbitrary: fc.constant('t7 = [1]\nt7 = ${t7} [9]') }),
);
/** A key that refers to itself, in a file that is included twice, hangs the other parser. */
const includable = documentOf(other);

function ours(text: string): PlainValue {
  const parsed = parseHocon(text, 'generated');
  return parsed.ok ? plain(parsed.value) : expect.unreachable(`${parsed.error.what} in ${text}`);
}

function plain(value: HoconValue): PlainValue {
  switch (value.kind) {
    case 'object':
      return Object.fromEntries([...value.entries].map(([name, inner]) => [name, plain(inner)]));
    case 'array':
      return value.items.map(plain);
    case 'number':
      return Number(value.text);
    case 'null':
      return null;
    case 'string':
    case 'boolean':
      return value.value;
    default:
      return value satisfies never;
  }
}
