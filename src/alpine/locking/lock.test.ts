import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { makeKey } from '../package/test-packages.ts';
import { createLock, type Lock, readLock, replaceLock, writeLock } from './lock.ts';
import { testLock } from './test-lock.ts';

const LOCK = testLock();

function lockFile(): string {
  return join(testFolder('lock'), 'aib.lock');
}

describe('the lock file', () => {
  it('is read back as it was written', () => {
    const path = lockFile();
    writeLock(path, LOCK);
    expect(readLock(path)).toEqual({ ok: true, value: LOCK });
  });

  it('has the same text whatever the order in which its parts were put together', () => {
    const path = lockFile();
    writeLock(path, LOCK);
    const text = readFileSync(path, 'utf8');
    writeLock(path, Object.fromEntries(Object.entries(LOCK).reverse()) as unknown as Lock);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('may be absent, which is no error', () => {
    expect(readLock(lockFile())).toEqual({ ok: true, value: undefined });
  });

  it.each(['', '{', '[]', '{"format":3}', 'null'])('that holds %j is refused with the way out', text => {
    const path = lockFile();
    writeFileSync(path, text);
    expect(readLock(path)).toMatchObject({
      ok: false,
      error: { code: 'AIB_LOCK', where: path, hint: expect.stringContaining('aib update') },
    });
  });

  it.each([
    [1, 'an older aib'],
    [4, 'a newer aib'],
  ])('of format %i is said to come from %s', (format, whose) => {
    const path = lockFile();
    writeFileSync(path, JSON.stringify({ ...LOCK, format }));
    expect(readLock(path)).toMatchObject({ ok: false, error: { got: expect.stringContaining(whose) } });
  });
});

it('of format 2, which had no closures, is read as one that has none yet', () => {
  const path = lockFile();
  const used = { busybox: { version: '1.36.1-r29', checksum: 'Q1abc', dataHash: 'def' } };
  const { closures: _, ...older } = LOCK;
  writeFileSync(path, JSON.stringify({ ...older, format: 2, packages: { 'v3.20/main/x86_64': used } }));
  expect(readLock(path)).toEqual({ ok: true, value: { ...LOCK, packages: {}, closures: {} } });
});

describe('replacing a lock', () => {
  const NEW = { ...LOCK, updated: '2025-02-02' };

  it('is done where it still says what it said, and where there was none and is none', () => {
    const path = lockFile();
    expect(replaceLock(path, undefined, LOCK)).toEqual({ ok: true });
    expect(replaceLock(path, LOCK, NEW)).toEqual({ ok: true });
    expect(readLock(path)).toEqual({ ok: true, value: NEW });
  });

  it('is not done for a first one where there is one already: that one counts', () => {
    const path = lockFile();
    expect(createLock(path, LOCK)).toEqual({ ok: true, value: LOCK });
    expect(createLock(path, NEW)).toEqual({ ok: true, value: LOCK });
    expect(readLock(path)).toEqual({ ok: true, value: LOCK });
  });

  it('says where it cannot be written', () => {
    // A file instead of a folder is an error for root, too.
    const file = lockFile();
    writeFileSync(file, '');
    const path = join(file, 'aib.lock');
    const told = { ok: false, error: { code: 'AIB_CANNOT_WRITE', where: path } };
    expect(createLock(path, LOCK)).toMatchObject(told);
    expect(replaceLock(path, undefined, LOCK)).toMatchObject(told);
  });

  it.each([
    ['changed it', LOCK],
    ['wrote the first', undefined],
  ])('is refused where somebody else %s meanwhile', (_, before) => {
    const path = lockFile();
    const theirs = { ...LOCK, updated: '2025-03-03' };
    writeLock(path, theirs);
    expect(replaceLock(path, before, NEW)).toMatchObject({ error: { code: 'AIB_LOCK', where: path } });
    expect(readLock(path)).toEqual({ ok: true, value: theirs });
  });
});

describe('a lock after a merge', () => {
  const TEXT = [
    '{',
    '  "format": 3,',
    '  "root": "alpine",',
    '  "updated": "2026-01-01",',
    '  "builder": "3.20",',
    '  "iso": {},',
    '  "packages": {}, "closures": {},',
    '  "releases": {',
    '    "3.20": {',
    '      "date": "2024-09-06",',
    '      "endOfLife": "2026-04-01",',
    '      "release": "3.20.3"',
    '    }',
    '  },',
    '  "indexes": {',
    '    "v3.20/main/x86_64": {',
    `      "hash": "${'1'.repeat(64)}",`,
    '      "size": 7',
    '    }',
    '  }',
    '}',
    '',
  ];

  type Change = readonly [line: number, ...instead: string[]];

  const got = (...changes: readonly Change[]): string => {
    const path = lockFile();
    const lines = [...TEXT];
    for (const [line, ...instead] of changes.toReversed()) lines.splice(line - 1, 1, ...instead);
    writeFileSync(path, lines.join('\n'));
    const read = readLock(path);
    return read.ok ? 'a lock' : (read.error.got ?? '');
  };

  it('is read if it is whole', () => {
    expect(got()).toBe('a lock');
  });

  it.each<{ readonly words: string; readonly changes: readonly Change[] }>([
    {
      words: 'line 4: unresolved conflict of a merge',
      changes: [[4, '<<<<<<< HEAD', '  "updated": "2026-01-02",', '=======']],
    },
    { words: 'line 15: it is not JSON', changes: [[14, '  }']] },
    {
      words: 'line 18: indexes.v3.20/main/x86_64.size should be a number from 0 on, but is "7"',
      changes: [[18, '      "size": "7"']],
    },
    {
      words: 'line 17: indexes.v3.20/main/x86_64.hash should be a SHA-256, but is "11"',
      changes: [[17, '      "hash": "11",']],
    },
    {
      words: 'line 9: releases.3.20.release should be a release, such as 3.20.3, but is nothing',
      changes: [[11, '      "endOfLife": "2026-04-01"'], [12]],
    },
    {
      words: 'line 15: indexes should be an object, but is []',
      changes: [[15, '  "indexes": []'], [16], [17], [18], [19], [20]],
    },
    { words: 'line 1: iso should be an object, but is nothing', changes: [[6]] },
    {
      words:
        'line 16: indexes.v3.20/../../x86_64 should be named after the path of an index, but is "v3.20/../../x86_64"',
      changes: [[16, '    "v3.20/../../x86_64": {']],
    },
    {
      words: 'line 11: duplicate entry, as after a merge that kept both sides',
      changes: [[10, '      "date": "2024-09-06",', '      "date": "2024-09-07",']],
    },
    {
      words: 'line 6: builder should be a version, such as 3.20, but is null',
      changes: [[5, '', '  "builder": null,']],
    },
    {
      words: 'line 19: indexes.v3.20/main/x86_64.built should be a number from 0 on, but is "then"',
      changes: [[18, '      "size": 7,', '      "built": "then"']],
    },
    {
      words: 'line 19: indexes.v3.20/main/x86_64.description should be such as v3.20.3-14-g5a1b2c3, but is "mine"',
      changes: [[18, '      "size": 7,', '      "description": "mine"']],
    },
    {
      words: 'line 7: iso.3.20/x86_64.path should be a path in the mirror, but is "https://example.org/x.iso"',
      changes: [[6, '  "iso": { "3.20/x86_64": {', '    "path": "https://example.org/x.iso"', '  } },']],
    },
    {
      words: 'line 7: repositoryKeys.keys/mine.rsa.pub should be a public key, -----BEGIN PUBLIC KEY-----…, but is "x"',
      changes: [[6, '  "iso": {}, "repositoryKeys": {', '  "keys/mine.rsa.pub": "x"', '  },']],
    },
  ])('says $words', ({ words, changes }) => {
    expect(got(...changes)).toBe(words);
  });

  it('may have keys of repositories outside of Alpine', () => {
    const keys = { 'https://example.org/a.rsa.pub': makeKey('a').publicPem, 'keys/b.rsa.pub': makeKey('b').publicPem };
    expect(got([6, `  "iso": {}, "repositoryKeys": ${JSON.stringify(keys)},`])).toBe('a lock');
  });

  it('is read with colons and quotes in its texts', () => {
    expect(got([12, '      "release": "3.20.3",', '      "notes": "https://example.org/\\"x\\": {"'])).toBe('a lock');
  });
});
