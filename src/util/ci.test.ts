import { describe, expect, test } from 'vitest';
import { annotations, ciSystem, foldable } from './ci.ts';
import type { Failure } from './failure.ts';

const GITHUB = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: '/srv/images' };
const GITLAB = { GITLAB_CI: 'true' };
const AT_A_LINE: Failure = {
  code: 'AIB_CONFIG_VALUE',
  what: 'image_format must be one of qcow2, vhd',
  where: '/srv/images/configs/my, own.conf:3:18',
  got: '100 %\nfoo',
};

test.each([
  [GITHUB, 'github'],
  [GITLAB, 'gitlab'],
  [{ CI: 'true' }, undefined],
  [{}, undefined],
])('%j is run by %s', (env, expected) => {
  expect(ciSystem(env)).toBe(expected);
});

describe('a failure at GitHub', () => {
  test('is marked at the line of the file', () => {
    expect(annotations(AT_A_LINE, GITHUB)).toEqual([
      '::error file=configs/my%2C own.conf,line=3,col=18,title=AIB_CONFIG_VALUE::image_format must be one of qcow2, vhd%0A100 %25%0Afoo',
    ]);
  });

  test('that is of no line is told without one', () => {
    const failure: Failure = { code: 'AIB_SCRIPT', what: 'the script failed', where: '//x:disk' };
    expect(annotations(failure, GITHUB)).toEqual(['::error title=AIB_SCRIPT::the script failed%0Aat //x:disk']);
  });

  test('is told no more than that elsewhere', () => {
    for (const env of [GITLAB, {}]) expect(annotations(AT_A_LINE, env)).toEqual([]);
  });
});

describe('a block', () => {
  const block = { title: 'failed disk //x', lines: ['one', 'two'], name: 'failure_1', isFolded: true };

  test('is folded as the log of each folds', () => {
    expect(foldable(block, GITHUB, 0)).toEqual(['::group::failed disk //x', 'one', 'two', '::endgroup::']);
    expect(foldable(block, GITLAB, 1_700_000_000_999)).toEqual([
      '\u001b[0Ksection_start:1700000000:failure_1[collapsed=true]\r\u001b[0Kfailed disk //x',
      ...['one', 'two'],
      '\u001b[0Ksection_end:1700000000:failure_1\r\u001b[0K',
    ]);
    expect(foldable(block, {}, 0)).toEqual(['one', 'two']);
  });

  test('that is open is no group at GitHub, which would close it', () => {
    expect(foldable({ ...block, isFolded: false }, GITHUB, 0)).toEqual(['one', 'two']);
    expect(foldable({ ...block, isFolded: false }, GITLAB, 0)[0]).not.toContain('collapsed');
  });
});
