import { describe, expect, test } from 'vitest';
import { VERBS, type VerbRow } from '../words/verb-table.ts';
import { completions, type Known } from './completions.ts';

const known: Known = {
  variants: () => ['//aws/x86_64/uefi/tiny@3.19', '//aws/x86_64/uefi/tiny@3.20', '//nocloud/x86_64/bios/tiny@3.20'],
  outputs: ['disk', 'image'],
  dimensionKeys: () => ['aws', '3.20'],
  regions: () => ['eu-west-1', 'us-east-1'],
  runs: () => ['12', '11'],
  codes: () => ['AIB_USAGE', 'AIB_NO_RUN'],
};
const many: Known = { ...known, variants: () => [...Array(90).keys()].map(n => `//cloud${n % 3}/arch${n}/uefi@3.20`) };

test.each([
  ['bu', ['build']],
  ['help pl', ['plan']],
  ['--off', ['--offline']],
  ['nonsense ', []],
  ['build //', ['//aws/x86_64/uefi/tiny', '//nocloud/x86_64/bios/tiny']],
  ['build -k //n', ['//nocloud/x86_64/bios/tiny']],
  ['build //aws/x86_64/uefi/tiny@', ['//aws/x86_64/uefi/tiny@3.19', '//aws/x86_64/uefi/tiny@3.20']],
  ['build //aws/x86_64/uefi/tiny:d', ['//aws/x86_64/uefi/tiny:disk']],
  ['build --exp', ['--explain', '--expect-cached']],
  ['build --jobs ', []],
  ['build --only ', ['aws', '3.20']],
  ['build --only aws 3', ['3.20']],
  ['build --only aws //n', ['//nocloud/x86_64/bios/tiny']],
  ['publish --not-regions eu', ['eu-west-1']],
  ['graph --output s', ['svg']],
  ['graph --output=s', ['--output=svg']],
  ['verify --vary time,mac', ['time,machine']],
  ['verify --vary=time,mac', ['--vary=time,machine']],
  ['graph --no-f', ['--no-factored']],
  ['log ', ['critical-path', 'diff', 'trace', '12', '11']],
  ['log diff 1', ['12', '11']],
  ['log //n', ['//nocloud/x86_64/bios/tiny']],
  ['explain aib_u', ['AIB_USAGE']],
  ['mirror c', ['copy']],
  ['mirror copy /srv //n', ['//nocloud/x86_64/bios/tiny']],
  ['size //n', ['//nocloud/x86_64/bios/tiny']],
  ['completion z', ['zsh']],
  ['--cache /tmp bu', ['build']],
  ['--offline bu', ['build']],
  ['mirror --arch aarch64 sam', ['sample']],
  ['mirror --arch=aarch64 sam', ['sample']],
  ['log -j 4 cr', []],
  ['log --cache /tmp cr', ['critical-path']],
  ['--quiet explain aib_u', ['AIB_USAGE']],
])('`aib %s` continues with these', (line, expected) => {
  expect(completions(line.split(' '), known)).toEqual(expected);
});

test.each(['size old', '--cache ', 'build --vars ', 'build --cache ', 'owner scr', 'mirror use '])(
  '`aib %s` continues with a file',
  line => {
    expect(completions(line.split(' '), known)).toBeUndefined();
  },
);

test('a whole label continues with its versions and its outputs', () => {
  expect(completions(['why', '//aws/x86_64/uefi/tiny'], known)).toEqual([
    '//aws/x86_64/uefi/tiny',
    '//aws/x86_64/uefi/tiny@3.19',
    '//aws/x86_64/uefi/tiny@3.20',
    '//aws/x86_64/uefi/tiny:',
  ]);
});

test('many labels are completed word by word, with patterns', () => {
  expect(completions(['build', '//'], many)).toEqual([
    '//cloud0/',
    '//cloud0/...',
    '//cloud1/',
    '//cloud1/...',
    '//cloud2/',
    '//cloud2/...',
  ]);
  expect(completions(['build', '//cloud1/'], many)).toHaveLength(30);
});

describe('every verb', () => {
  test.each(Object.entries<VerbRow>(VERBS))('aib %s: each of its options is offered', (verb, row) => {
    const offered = completions([verb, '-'], known) ?? [];
    expect(offered).toContain('--help');
    expect(offered).toContain('--json');
    expect(offered.length).toBeGreaterThanOrEqual(row.options.length);
  });
});
