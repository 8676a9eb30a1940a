import * as fs from 'node:fs';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { BlobStore } from './blobs.ts';
import { digestOf } from './digest.ts';
import { encodeTree } from './directory.ts';

// The real file system, of which a test can make one call fail.
vi.mock('node:fs', { spy: true });

function makeStore() {
  const folder = mkdtempSync(join(tmpdir(), 'aib-blobs-'));
  const opened = openDatabase(join(folder, 'aib.db'));
  if (!opened.ok) throw new Error(opened.error.what);
  const { database } = opened.value;
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const temporary = join(folder, 'tmp');
  for (const path of [temporary, join(folder, 'blobs')]) mkdirSync(path);
  /** As another process would see it: nothing checked yet. */
  const open = () =>
    new BlobStore({ folder: join(folder, 'blobs'), temporary, damaged: join(folder, 'damaged'), database });
  const blobs = open();
  const finished = (name: string, content: string): string => {
    const path = join(temporary, name);
    writeFileSync(path, content);
    return path;
  };
  return { blobs, open, temporary, finished, folder };
}

const overwrite = (path: string, content: string): void => {
  chmodSync(path, 0o644);
  writeFileSync(path, content);
};

describe('a blob', () => {
  test('is there, whole and read-only, once it was put', async () => {
    const { blobs, temporary } = makeStore();
    const digest = blobs.putBytes('hello');
    expect(digest).toEqual(digestOf('hello'));
    expect((await blobs.read(digest)).toString()).toBe('hello');
    expect(lstatSync(blobs.path(digest)).mode & 0o777).toBe(0o444);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('is written once, however often it is put', () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('hello');
    const { ino } = lstatSync(blobs.path(digest));
    expect(open().putBytes(Buffer.from('hello'))).toEqual(digest);
    expect(lstatSync(blobs.path(digest)).ino).toBe(ino);
  });

  test('that was never put is missing, and so is one that was removed', async () => {
    const { blobs, open } = makeStore();
    expect(await blobs.check(digestOf('nothing'))).toBe('missing');
    const digest = blobs.putBytes('hello');
    rmSync(blobs.path(digest));
    expect(await open().check(digest)).toBe('missing');
  });

  test('whose bytes are wrong is damaged, removed, and whole again when it is put again', async () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('hello');
    overwrite(blobs.path(digest), 'jello');
    const later = open();
    expect(await later.check(digest)).toBe('damaged');
    expect(await later.check(digest)).toBe('missing');
    later.putBytes('hello');
    expect(await later.check(digest)).toBe('present');
  });

  test('that was only touched is hashed again once, and trusted', async () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('hello');
    utimesSync(blobs.path(digest), 1, 1);
    const read = vi.mocked(fs.readFileSync);
    read.mockClear();
    expect(await open().check(digest)).toBe('present');
    expect(read).toHaveBeenCalledTimes(1);
    expect(await open().check(digest)).toBe('present');
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('is hashed by one when many ask at the same time', async () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('hello');
    overwrite(blobs.path(digest), 'hello');
    const read = vi.mocked(fs.readFileSync);
    read.mockClear();
    const later = open();
    expect(await Promise.all([1, 2, 3].map(() => later.check(digest)))).toEqual(['present', 'present', 'present']);
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('that lies there unrecorded, as after the database was lost, is replaced by a put and checked by a look', async () => {
    const { blobs, open } = makeStore();
    const digest = digestOf('hello');
    mkdirSync(join(blobs.path(digest), '..'), { recursive: true });
    writeFileSync(blobs.path(digest), 'jello');
    expect(blobs.putBytes('hello')).toEqual(digest);
    expect(await open().check(digest)).toBe('present');
    expect(readFileSync(blobs.path(digest), 'utf8')).toBe('hello');
  });
});

describe('taking over a file', () => {
  test('moves it, unless the store has it already', async () => {
    const { blobs, finished, temporary } = makeStore();
    const digest = await blobs.adopt(finished('a', 'hello'));
    const { ino, mode } = lstatSync(blobs.path(digest));
    expect(mode & 0o777).toBe(0o444);
    expect(await blobs.adopt(finished('b', 'hello'))).toEqual(digest);
    expect(lstatSync(blobs.path(digest)).ino).toBe(ino);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('works at the same time for several with the same bytes', async () => {
    const { blobs, finished, open } = makeStore();
    const names = ['a', 'b', 'c', 'd'];
    const digests = await Promise.all(names.map(name => blobs.adopt(finished(name, 'hello'))));
    expect(new Set(digests.map(({ hash }) => hash)).size).toBe(1);
    expect(await open().check(digestOf('hello'))).toBe('present');
  });

  test('leaves no other name through which the blob could be written to', async () => {
    const { blobs, finished, open, folder } = makeStore();
    const path = finished('a', 'hello');
    linkSync(path, join(folder, 'other-name'));
    const digest = await blobs.adopt(path);
    overwrite(join(folder, 'other-name'), 'jello');
    expect(await open().check(digest)).toBe('present');
    expect(lstatSync(blobs.path(digest)).nlink).toBe(1);
  });
});

describe('when the disk is full', () => {
  test.each([
    ['writeSync', fs.writeSync],
    ['fsyncSync', fs.fsyncSync],
    ['renameSync', fs.renameSync],
  ])('in %s, a put throws and leaves nothing behind', (_, call) => {
    const { blobs, temporary } = makeStore();
    vi.mocked<(...words: never[]) => unknown>(call).mockImplementationOnce(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    expect(() => blobs.putBytes('hello')).toThrow('ENOSPC');
    expect(readdirSync(temporary)).toEqual([]);
    expect(lstatSync(blobs.path(digestOf('hello')), { throwIfNoEntry: false })).toBeUndefined();
    expect(blobs.putBytes('hello')).toEqual(digestOf('hello'));
  });
});

describe('a directory', () => {
  const makeTree = () => {
    const store = makeStore();
    const inner = store.blobs.putBytes('deep');
    const tree = encodeTree(
      new Map([
        ['a/b/deep', { type: 'file', digest: inner, executable: false } as const],
        ['link', { type: 'symlink', target: 'nowhere' } as const],
      ]),
    );
    for (const { bytes } of tree.messages) store.blobs.putBytes(bytes);
    return { ...store, tree, inner };
  };

  test('is present if all that it names is', async () => {
    const { open, tree } = makeTree();
    expect(await open().checkDirectory(tree.root)).toBe('present');
  });

  test('lacks what the deepest of its folders lacks', async () => {
    const { open, blobs, tree, inner } = makeTree();
    rmSync(blobs.path(inner));
    expect(await open().checkDirectory(tree.root)).toBe('missing');
  });

  test('is damaged with the message of any of its folders', async () => {
    const { open, blobs, tree } = makeTree();
    const [deepest] = tree.messages;
    overwrite(blobs.path(deepest?.digest ?? expect.unreachable()), 'junk');
    expect(await open().checkDirectory(tree.root)).toBe('damaged');
  });

  test('is no directory if its bytes are something else', async () => {
    const { blobs } = makeStore();
    expect(await blobs.checkDirectory(blobs.putBytes('hello'))).toBe('damaged');
  });
});
