import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireWriter } from '../../util/wire.ts';
import { digestOf } from './digest.ts';
import { decodeDirectory, type Entry, encodeTree, isCanonicalPath, treeDigest, writeDigest } from './directory.ts';

const file = (content: string, executable = false): Entry => ({ type: 'file', digest: digestOf(content), executable });
const namesOf = (paths: readonly string[]): readonly string[] => {
  const { messages } = encodeTree(new Map(paths.map(path => [path, file(path)])));
  return [...(decodeDirectory(messages.at(-1)?.bytes ?? Buffer.of(0))?.keys() ?? [])];
};

describe('the canonical message', () => {
  test('is the one that the Remote Execution API prescribes', () => {
    const { root, messages } = encodeTree(
      new Map([
        ['run', file('', true)],
        ['sub/link', { type: 'symlink', target: '../run' } as const],
      ]),
    );
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    // SymlinkNode 3 { name 1 "link", target 2 "../run" }
    const sub = Buffer.from('1a0e0a046c696e6b12062e2e2f72756e', 'hex');
    const node = (name: string, digest: Buffer, more = ''): Buffer =>
      Buffer.concat([
        Buffer.from(`0a03${Buffer.from(name).toString('hex')}12`, 'hex'),
        Buffer.of(digest.byteLength),
        digest,
        Buffer.from(more, 'hex'),
      ]);
    const emptyDigest = Buffer.concat([Buffer.from('0a40', 'hex'), Buffer.from(empty)]);
    const subDigest = Buffer.concat([
      Buffer.from('0a40', 'hex'),
      Buffer.from(digestOf(sub).hash),
      Buffer.from('1010', 'hex'),
    ]);
    const runNode = node('run', emptyDigest, '2001');
    const subNode = node('sub', subDigest);
    const whole = Buffer.concat([
      Buffer.from('0a', 'hex'),
      Buffer.of(runNode.byteLength),
      runNode,
      Buffer.from('12', 'hex'),
      Buffer.of(subNode.byteLength),
      subNode,
    ]);
    expect(messages.map(({ bytes }) => bytes.toString('hex'))).toEqual([sub.toString('hex'), whole.toString('hex')]);
    expect(root).toEqual(digestOf(whole));
  });

  test('sorts by the UTF-8 bytes of names, where JavaScript would put astral characters before some others', () => {
    const [fullWidth, emoji] = ['！', '😀'];
    expect([fullWidth, emoji].sort()).toEqual([emoji, fullWidth]);
    expect(namesOf([emoji, fullWidth, 'b', 'a-b', 'a', 'B'])).toEqual(['B', 'a', 'a-b', 'b', fullWidth, emoji]);
  });

  test('does not depend on the order of insertion', () => {
    const paths = fc.uniqueArray(fc.stringMatching(/^[a-c]{1,2}(\/[d-f]{1,2}){0,3}$/), { minLength: 1 });
    fc.assert(
      fc.property(paths, fc.infiniteStream(fc.nat()), (all, random) => {
        const leaves = all.filter(path => !all.some(other => other.startsWith(`${path}/`)));
        const shuffled = leaves
          .map(path => ({ path, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ path }) => path);
        const digestOfAll = (some: readonly string[]) => encodeTree(new Map(some.map(path => [path, file(path)]))).root;
        expect(digestOfAll(shuffled)).toEqual(digestOfAll(leaves));
      }),
    );
  });

  test('is the same for a folder put together and for one known by its digest', () => {
    const inner = encodeTree(new Map([['x', file('x')]]));
    const nested = encodeTree(new Map([['a/x', file('x')]]));
    const byDigest = encodeTree(new Map([['a', { type: 'directory', digest: inner.root } as const]]));
    expect(nested.root).toEqual(byDigest.root);
    expect(nested.messages).toHaveLength(2);
    expect(byDigest.messages).toHaveLength(1);
  });

  test('gives back every entry when it is read', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter(text => isCanonicalPath(text) && !text.includes('/'));
    const entry: fc.Arbitrary<Entry> = fc.oneof(
      fc.tuple(fc.string(), fc.boolean()).map(([content, executable]) => file(content, executable)),
      fc.string().map(target => ({ type: 'symlink' as const, target })),
      fc.string().map(content => ({ type: 'directory' as const, digest: digestOf(content) })),
    );
    fc.assert(
      fc.property(fc.dictionary(name, entry, { noNullPrototype: true }), entries => {
        const tree = new Map(Object.entries(entries));
        const bytes = encodeTree(tree).messages.at(-1)?.bytes ?? Buffer.of(0);
        expect(new Map(decodeDirectory(bytes))).toEqual(tree);
      }),
    );
  });
});

test('a tree has the digest of its root and of each folder below it once, by their hashes', () => {
  const tree = encodeTree(new Map(['a/same', 'b/same', 'c/x', 'd/y', 'e/z'].map(path => [path, file(path.slice(2))])));
  const bytesOf = (hash: string): Buffer =>
    tree.messages.find(({ digest }) => digest.hash === hash)?.bytes ?? expect.unreachable();
  const hashes = new Set(tree.messages.map(({ digest }) => digest.hash as string));
  hashes.delete(tree.root.hash);
  expect(hashes.size).toBe(4);
  const whole = new WireWriter().message(1, bytesOf(tree.root.hash));
  for (const hash of [...hashes].sort()) whole.message(2, bytesOf(hash));
  expect(treeDigest(tree)).toEqual(digestOf(whole.finish()));
});

describe('what is refused', () => {
  test.each(['', '/a', 'a/', 'a//b', '.', '..', 'a/..', '../a', 'a/./b', 'a\0b'])('the path %j', path => {
    expect(() => encodeTree(new Map([[path, file('')]]))).toThrow('Internal error');
  });

  test('something below a file, in whatever order they come', () => {
    const below = [['a', file('')] as const, ['a/b', file('')] as const];
    expect(() => encodeTree(new Map(below))).toThrow('Internal error');
    expect(() => encodeTree(new Map(below.toReversed()))).toThrow('Internal error');
  });

  const node = (name: string, hash: string = digestOf('').hash): Buffer =>
    new WireWriter().text(1, name).message(2, new WireWriter().text(1, hash).finish()).finish();

  test('a message from elsewhere with a name or a hash that would lead to another place', () => {
    const message = (bytes: Buffer): Buffer => new WireWriter().message(1, bytes).finish();
    expect(decodeDirectory(message(node('fine')))?.size).toBe(1);
    for (const name of ['..', '.', '', 'a/b', '/etc/passwd', 'a\0'])
      expect(decodeDirectory(message(node(name))), name).toBeUndefined();
    for (const hash of ['', 'abc', `../${digestOf('').hash}`, digestOf('').hash.toUpperCase()])
      expect(decodeDirectory(message(node('fine', hash))), hash).toBeUndefined();
  });

  test('a message with one name twice', () => {
    const twice = new WireWriter().message(1, node('a')).message(2, node('a')).finish();
    expect(decodeDirectory(twice)).toBeUndefined();
  });

  test('bytes that are no message', () => {
    expect(decodeDirectory(Buffer.from('hello'))).toBeUndefined();
    expect(decodeDirectory(new WireWriter().message(1, Buffer.from('junk')).finish())).toBeUndefined();
    const digestless = new WireWriter().text(1, 'a').message(2, Buffer.from('junk')).finish();
    expect(decodeDirectory(new WireWriter().message(1, digestless).finish())).toBeUndefined();
  });

  test('nothing in a field that newer servers may add', () => {
    const more = new WireWriter()
      .message(1, node('a'))
      .nested(5, each => writeDigest(each, digestOf('')))
      .finish();
    expect([...(decodeDirectory(more) ?? []).keys()]).toEqual(['a']);
  });

  test('a file that is not executable, whatever else newer servers say of it', () => {
    const newer = new WireWriter()
      .text(1, 'a')
      .nested(2, each => writeDigest(each, digestOf('')))
      .integer(5, 1)
      .finish();
    expect(decodeDirectory(new WireWriter().message(1, newer).finish())?.get('a')).toEqual(file(''));
  });
});
