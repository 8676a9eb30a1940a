import { expect, test } from 'vitest';
import { listedSize } from './latest-releases.ts';

const WHERE = 'https://example.org/latest-releases.yaml';
const FILE = 'alpine-virt-3.20.3-x86_64.iso';

/** As Alpine writes it. */
const LIST = `---
-
  title: "Standard"
  desc: |
    Alpine as it was intended.
      size: 1
    file: ${FILE}
  branch: v3.20
  version: 3.20.3
  file: alpine-standard-3.20.3-x86_64.iso
  iso: alpine-standard-3.20.3-x86_64.iso
  date: 2024-09-06
  time: 09:31:36
  size: 219152384
  sha256: 0000000000000000000000000000000000000000000000000000000000000e10
-
  title: "Virtual"
  iso: ${FILE}
  size: 65011712
`;

test('the size stands in the entry of the file, whatever other entries say in words', () => {
  expect(listedSize(LIST, WHERE, FILE)).toEqual({ ok: true, value: 65_011_712 });
  expect(listedSize(LIST, WHERE, 'alpine-standard-3.20.3-x86_64.iso')).toEqual({ ok: true, value: 219_152_384 });
});

test.each([
  ['in quotes', `- file: "${FILE}"\n  size: '12'\n`],
  ['in another order, on one line', `- { size: 12, file: ${FILE} }\n`],
  ['with comments', `# list\n- file: ${FILE} # this one\n  size: 12 # bytes\n`],
  ['with the line ends of Windows', `-\r\n  file: ${FILE}\r\n  size: 12\r\n`],
])('is read %s', (_, text) => {
  expect(listedSize(text, WHERE, FILE)).toEqual({ ok: true, value: 12 });
});

test.each([
  ['', `latest-releases.yaml does not give ${FILE}`],
  ['- file: other.iso\n  size: 1\n', `latest-releases.yaml does not give ${FILE}`],
  [`file: ${FILE}\nsize: 12\n`, `latest-releases.yaml does not give ${FILE}`],
  [`- file: ${FILE}\n`, `latest-releases.yaml does not give the size of ${FILE}`],
  [`- file: ${FILE}\n  size: 12 MB\n`, `latest-releases.yaml does not give the size of ${FILE}`],
  [`- file: ${FILE}\n  size: -1\n`, `latest-releases.yaml does not give the size of ${FILE}`],
])('%j is refused in words', (text, what) => {
  expect(listedSize(text, WHERE, FILE)).toEqual({
    ok: false,
    error: { code: 'AIB_MIRROR_CONTENT', what, where: WHERE },
  });
});

test('what is not YAML is refused with its place', () => {
  expect(listedSize(`- file: ${FILE}\n  size: 1\n  size: 2\n`, WHERE, FILE)).toEqual({
    ok: false,
    error: {
      code: 'AIB_MIRROR_CONTENT',
      what: 'latest-releases.yaml is not YAML',
      where: `${WHERE}:3:3`,
      got: 'Map keys must be unique',
    },
  });
  expect(listedSize('<html>\n<title>: [Not found', WHERE, FILE)).toMatchObject({
    error: { code: 'AIB_MIRROR_CONTENT' },
  });
});

test('a list that was made to harm does no harm', () => {
  expect(listedSize('['.repeat(100_000), WHERE, FILE)).toMatchObject({ ok: false });
  const bomb = `- &a [x]\n${Array.from({ length: 30 }, () => '- &a [*a, *a]\n').join('')}`;
  expect(listedSize(bomb, WHERE, FILE)).toMatchObject({ ok: false });
});
