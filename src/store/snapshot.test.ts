import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { type StatTuple, statTuple } from './stat-tuple.ts';

const COMMAND = ['build', '//x'];
const RESULT = { nodes: 3, lines: ['x.qcow2'] };

/** A finished build that read a file, a folder and a path where nothing is, and made an image with a link to it. */
function makeBuild() {
  const folder = mkdtempSync(join(tmpdir(), 'aib-snapshot-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  mkdirSync(at('configs'));
  writeFileSync(at('configs/a.conf'), 'a');
  writeFileSync(at('image'), 'bytes');
  symlinkSync('image', at('link'));
  const tuples = (...names: string[]): Map<string, StatTuple> =>
    new Map(names.map(name => [at(name), statTuple(at(name))]));
  const write = (began = Date.now() + 60_000) =>
    writeSnapshot(at('cache'), COMMAND, {
      at: began,
      read: tuples('configs', 'configs/a.conf', 'overlay.conf'),
      own: tuples('image', 'link'),
      result: RESULT,
    });
  const read = (command: readonly string[] = COMMAND) => readSnapshot(at('cache'), command);
  return { at, write, read };
}

describe('a null build', () => {
  test('gives what the last build gave', () => {
    const { write, read } = makeBuild();
    expect(read()).toBeUndefined();
    write();
    expect(read()).toEqual(RESULT);
  });

  test('is of the same words only', () => {
    const { write, read } = makeBuild();
    write();
    expect(read(['build', '//x', '//y'])).toBeUndefined();
    expect(read(['build //x'])).toBeUndefined();
  });

  test.each<[string, (at: (name: string) => string) => void]>([
    ['a file was edited', at => writeFileSync(at('configs/a.conf'), 'b')],
    [
      'a file was edited and its time put back',
      at => {
        writeFileSync(at('configs/a.conf'), 'b');
        utimesSync(at('configs/a.conf'), 1, 1);
      },
    ],
    ['a file was removed', at => unlinkSync(at('configs/a.conf'))],
    ['a file was added to a folder', at => writeFileSync(at('configs/b.conf'), '')],
    ['there is something where nothing was', at => writeFileSync(at('overlay.conf'), '')],
    ['the image was overwritten', at => writeFileSync(at('image'), 'other')],
    ['the image is gone', at => unlinkSync(at('image'))],
    [
      'the link leads elsewhere',
      at => {
        symlinkSync('configs', at('new'));
        renameSync(at('new'), at('link'));
      },
    ],
    [
      'the link was replaced by a copy',
      at => {
        unlinkSync(at('link'));
        writeFileSync(at('link'), 'bytes');
      },
    ],
    [
      'a folder became a file',
      at => {
        rmSync(at('configs'), { recursive: true });
        writeFileSync(at('configs'), '');
      },
    ],
  ])('is none if %s', (_, change) => {
    const { at, write, read } = makeBuild();
    write();
    change(at);
    expect(read()).toBeUndefined();
  });

  test('is none if something that was read changed while the build ran, or in the moment in which it began', () => {
    const { at, write, read } = makeBuild();
    write(Date.now() - 60_000);
    expect(read()).toBeUndefined();
    expect(existsSync(at('cache/snapshots'))).toBe(false);
  });

  test.each([
    '',
    '{',
    'null',
    '7',
    '{"format":1}',
    '{"format":1,"checks":["a"],"result":{}}',
    '{"format":2,"checks":[],"result":{}}',
  ])('is none if the snapshot is %j', content => {
    const { at, write, read } = makeBuild();
    write();
    const [name = ''] = readdirSync(at('cache/snapshots'));
    writeFileSync(at(`cache/snapshots/${name}`), content);
    expect(read()).toBeUndefined();
  });
});

test('a snapshot that cannot be written is no failure: the build is done', () => {
  const { at, write, read } = makeBuild();
  writeFileSync(at('cache'), 'a file where the cache should be');
  expect(() => write()).not.toThrow();
  expect(read()).toBeUndefined();
});
