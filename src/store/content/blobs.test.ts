import * as fs from 'node:fs';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { BlobStore } from './blobs.ts';
import { type Digest, digestOf } from './digest.ts';
import { encodeTree } from './directory.ts';

// The real filesystem, but a test can make one call fail.
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
  /** As in another process: nothing is checked yet. */
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

/** Makes the next call of a function fail, as on a full disk or on a bad sector. */
function failOnce(call: unknown, code: string): void {
  vi.mocked(call as (...words: never[]) => unknown).mockImplementationOnce(() => {
    throw Object.assign(new Error(`${code}: so it was told`), { code });
  });
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

  test('is looked at once by each process, and not again', async () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('hello');
    const later = open();
    expect(await later.check(digest)).toBe('present');
    const look = vi.mocked(fs.lstatSync);
    look.mockClear();
    expect(await later.check(digest)).toBe('present');
    expect(look).not.toHaveBeenCalled();
  });

  test('in whose place a folder lies is damaged, and the folder is removed', async () => {
    const { blobs, open } = makeStore();
    const digest = digestOf('hello');
    mkdirSync(join(blobs.path(digest), 'inner'), { recursive: true });
    expect(await open().check(digest)).toBe('damaged');
    expect(existsSync(blobs.path(digest))).toBe(false);
  });

  test('that the disk cannot read is damaged; what else may be in the way says nothing of it', async () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('hello');
    utimesSync(blobs.path(digest), 1, 1);
    failOnce(fs.readFileSync, 'EMFILE');
    await expect(open().check(digest)).rejects.toThrow('EMFILE');
    expect(existsSync(blobs.path(digest))).toBe(true);
    failOnce(fs.readFileSync, 'EIO');
    expect(await open().check(digest)).toBe('damaged');
  });

  test('is closed again once it was put', () => {
    const { blobs } = makeStore();
    const [opening, closing] = [vi.mocked(fs.openSync), vi.mocked(fs.closeSync)];
    for (const call of [opening, closing]) call.mockClear();
    blobs.putBytes('hello');
    expect([opening.mock.calls.length, closing.mock.calls.length]).toEqual([1, 1]);
  });

  test('is touched by whoever makes it, finds it or reads it anew', async () => {
    const { blobs, open } = makeStore();
    const [first, second] = [blobs.putBytes('first'), blobs.putBytes('second')];
    expect([...blobs.touched]).toEqual([first.hash, second.hash]);
    const later = open();
    utimesSync(blobs.path(second), 1, 1);
    for (const digest of [first, second, digestOf('nothing')]) await later.check(digest);
    expect([...later.touched]).toEqual([first.hash, second.hash]);
  });

  test('that was removed is gone for all who ask, as is one whose file had gone before', async () => {
    const { blobs } = makeStore();
    const [first, second] = [blobs.putBytes('first'), blobs.putBytes('second')];
    expect(blobs.recordedBytes).toBe(11);
    rmSync(blobs.path(first));
    blobs.remove([first.hash, second.hash]);
    expect([await blobs.check(first), await blobs.check(second)]).toEqual(['missing', 'missing']);
    expect([blobs.recordedBytes, blobs.touched.size]).toEqual([0, 0]);
  });

  test('that is moved aside is out of use, but kept', async () => {
    const { blobs, folder } = makeStore();
    const damaged = join(folder, 'damaged');
    blobs.moveAside([]);
    expect(existsSync(damaged)).toBe(false);
    for (const content of ['first', 'second']) {
      const digest = blobs.putBytes(content);
      blobs.moveAside([digest.hash]);
      expect(readFileSync(join(damaged, digest.hash), 'utf8')).toBe(content);
      expect(await blobs.check(digest)).toBe('missing');
    }
    expect(blobs.recordedBytes).toBe(0);
  });
});

describe('taking over a file', () => {
  test('moves it, unless the store has it already', async () => {
    const { blobs, finished, temporary } = makeStore();
    const path = finished('a', 'hello');
    const before = lstatSync(path);
    const digest = await blobs.adopt(path);
    const { ino, mode } = lstatSync(blobs.path(digest));
    expect(ino).toBe(before.ino);
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

  test('that has another name leaves nothing beside it if the disk is full', async () => {
    const { blobs, finished, folder, temporary } = makeStore();
    const path = finished('a', 'hello');
    linkSync(path, join(folder, 'other-name'));
    failOnce(fs.renameSync, 'ENOSPC');
    await expect(blobs.adopt(path)).rejects.toThrow('ENOSPC');
    expect(readdirSync(temporary)).toEqual(['a']);
  });
});

const AFAR = '/dev/shm';
const isAfar = existsSync(AFAR) && statSync(AFAR).dev !== statSync(tmpdir()).dev;

describe.skipIf(!isAfar)('taking over a file of another filesystem', () => {
  const makeFile = (): string => {
    const folder = mkdtempSync(join(AFAR, 'aib-blobs-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'a'), 'hello');
    return join(folder, 'a');
  };

  test('brings it, whether or not the store has it already', async () => {
    const { blobs, temporary } = makeStore();
    for (const path of [makeFile(), makeFile()]) {
      expect(await blobs.adopt(path)).toEqual(digestOf('hello'));
      expect([existsSync(path), readdirSync(temporary)]).toEqual([false, []]);
    }
    expect((await blobs.read(digestOf('hello'))).toString()).toBe('hello');
  });

  test('leaves it where it is, and nothing beside it, if the disk is full', async () => {
    const { blobs, temporary } = makeStore();
    const path = makeFile();
    failOnce(fs.renameSync, 'ENOSPC');
    await expect(blobs.adopt(path)).rejects.toThrow('ENOSPC');
    expect([existsSync(path), readdirSync(temporary)]).toEqual([true, []]);
  });
});

describe('when the disk is full', () => {
  test.each([
    ['writeSync', fs.writeSync],
    ['fsyncSync', fs.fsyncSync],
    ['renameSync', fs.renameSync],
  ])('in %s, a put throws and leaves nothing behind', (_, call) => {
    const { blobs, temporary } = makeStore();
    failOnce(call, 'ENOSPC');
    expect(() => blobs.putBytes('hello')).toThrow('ENOSPC');
    expect(readdirSync(temporary)).toEqual([]);
    expect(lstatSync(blobs.path(digestOf('hello')), { throwIfNoEntry: false })).toBeUndefined();
    expect(blobs.putBytes('hello')).toEqual(digestOf('hello'));
  });
});

function makeTree() {
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
}

describe('a directory', () => {
  test('is present if all that it names is', async () => {
    const { open, tree } = makeTree();
    expect(await open().checkDirectory(tree.root)).toBe('present');
  });

  test('is gone through once by each process, and again after something was removed', async () => {
    const { open, tree, inner } = makeTree();
    const later = open();
    await later.checkDirectory(tree.root);
    const read = vi.spyOn(later, 'read');
    expect(await later.checkDirectory(tree.root)).toBe('present');
    expect(read).not.toHaveBeenCalled();
    later.remove([inner.hash]);
    expect(await later.checkDirectory(tree.root)).toBe('missing');
  });

  test('is missing if not even its message is there', async () => {
    const { blobs } = makeStore();
    expect(await blobs.checkDirectory(digestOf('nothing'))).toBe('missing');
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

describe('whoever only asks', () => {
  const ask = (blobs: BlobStore, type: 'file' | 'directory', digest: Digest) => blobs.inspect({ type, digest });

  test('learns of a file what a check would say, and changes nothing', async () => {
    const { blobs, open } = makeStore();
    const [whole, touched, wrong] = ['whole', 'touched', 'wrong'].map(content => blobs.putBytes(content));
    if (whole === undefined || touched === undefined || wrong === undefined) throw new Error('they were put');
    utimesSync(blobs.path(touched), 1, 1);
    overwrite(blobs.path(wrong), 'wrung');
    const later = open();
    const tuple = later.recordedTuple(touched);
    const states = [whole, touched, wrong, digestOf('nothing')].map(digest => ask(later, 'file', digest));
    expect(await Promise.all(states)).toEqual(['present', 'present', 'damaged', 'missing']);
    expect(readFileSync(blobs.path(wrong), 'utf8')).toBe('wrung');
    expect([later.touched.size, later.recordedTuple(touched)]).toEqual([0, tuple]);
  });

  test('does not have what is on record read', async () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('hello');
    const read = vi.mocked(fs.readFileSync);
    read.mockClear();
    expect(await ask(open(), 'file', digest)).toBe('present');
    expect(read).not.toHaveBeenCalled();
  });

  test('learns of a folder whether all is there that it names', async () => {
    const { blobs, open, tree, inner } = makeTree();
    expect(await ask(open(), 'directory', tree.root)).toBe('present');
    expect(await ask(open(), 'directory', inner)).toBe('damaged');
    rmSync(blobs.path(inner));
    expect(await ask(open(), 'directory', tree.root)).toBe('missing');
  });

  test('learns that of two files of a folder the second is gone', async () => {
    const { blobs, open } = makeStore();
    const files = ['first', 'second'].map(name => {
      return [name, { type: 'file', digest: blobs.putBytes(name), executable: false } as const] as const;
    });
    const tree = encodeTree(new Map(files));
    for (const { bytes } of tree.messages) blobs.putBytes(bytes);
    rmSync(blobs.path(digestOf('second')));
    expect(await ask(open(), 'directory', tree.root)).toBe('missing');
  });
});

describe('what is held is told at once', () => {
  test('of a file that this process made, or that is as it is on record; with another size it is another blob', () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('content');
    const file = { type: 'file', digest } as const;
    expect(blobs.holds(file)).toBe(true);
    expect(blobs.holds({ ...file, digest: { ...digest, size: 8 } })).toBe(false);
    expect(open().holds(file)).toBe(true);
    expect(open().holds({ ...file, digest: { ...digest, size: 8 } })).toBe(false);
    expect(open().holds({ ...file, digest: digestOf('another') })).toBe(false);
  });

  test('not of one that was written to since, nor of a folder that nobody has looked through', async () => {
    const { blobs, open } = makeStore();
    const digest = blobs.putBytes('content');
    const { root, messages } = encodeTree(new Map([['a', { type: 'file', digest, executable: false }]]));
    for (const { bytes } of messages) blobs.putBytes(bytes);
    const folder = { type: 'directory', digest: root } as const;
    const other = open();
    expect(other.holds(folder)).toBe(false);
    await other.checkDirectory(root);
    expect(other.holds(folder)).toBe(true);
    overwrite(blobs.path(digest), 'changed');
    expect(open().holds({ type: 'file', digest })).toBe(false);
  });
});
