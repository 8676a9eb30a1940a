/** The messages of the Remote Execution API: against Google's protobuf, and what is refused. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { programSpec } from '../../src/engine/model/action.ts';
import { encodeAction } from '../../src/engine/model/action-key.ts';
import {
  ACTION,
  ACTION_RESULT,
  COMMAND,
  DIRECTORY,
  digestIn,
  TREE,
} from '../../src/remote/messages/execution-messages.ts';
import { decodeMessage, encodeMessage, type Shape } from '../../src/remote/messages/message-codec.ts';
import { readOutputTree } from '../../src/remote/messages/output-tree.ts';
import { encodeStoredResult, readStoredResult } from '../../src/remote/results/stored-result.ts';
import { type Digest, digestOf, type Sha256 } from '../../src/store/content/digest.ts';
import { type Entry, encodeTree, treeMessage } from '../../src/store/content/directory.ts';

const SHAPES: Readonly<Record<string, Shape>> = {
  Action: ACTION,
  Command: COMMAND,
  Directory: DIRECTORY,
  Tree: TREE,
  ActionResult: ACTION_RESULT,
};

/** A Python with protobuf: that of Debian's python3-protobuf, or the one on PATH. */
const python = ['/usr/bin/python3', 'python3'].find(
  each => spawnSync(each, ['-c', 'import google.protobuf'], { stdio: 'ignore' }).status === 0,
);

describe('the codec', () => {
  test("gives the bytes of Google's protobuf back", context => {
    if (python === undefined) context.skip('no Python with protobuf here');
    const ran = spawnSync(python ?? '', [join(import.meta.dirname, 'oracle.py'), '60', ...Object.keys(SHAPES)], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    expect(ran.stderr).toBe('');
    const lines = ran.stdout.trim().split('\n');
    expect(lines).toHaveLength(60 * Object.keys(SHAPES).length);
    for (const line of lines) {
      const [name = '', hex = ''] = line.split(' ');
      const shape = SHAPES[name] ?? expect.unreachable();
      const bytes = Buffer.from(hex, 'hex');
      const message = decodeMessage(shape, bytes) ?? expect.unreachable(line);
      expect(encodeMessage(shape, message).toString('hex')).toBe(hex);
    }
  });

  test('keeps the digests of the messages that the engine writes', () => {
    const { action, command, inputRoot } = encodeAction({
      ...programSpec({
        kind: 'some',
        format: 1,
        parameters: { ä: '😀', z: '' },
        inputs: new Map([
          ['in/a', { type: 'file', digest: digestOf('a'), executable: true }],
          ['in/folder', { type: 'directory', digest: digestOf('') }],
        ]),
        outputs: { out: { type: 'file', path: 'b/out' }, tree: { type: 'directory', path: 'a' } },
      }),
      platform: { ISA: 'x86-64', OSFamily: 'linux' },
      timeoutSeconds: 900,
    });
    for (const [shape, { bytes, digest }] of [
      [ACTION, action],
      [COMMAND, command],
      ...inputRoot.messages.map(each => [DIRECTORY, each] as const),
    ] as const)
      expect(digestOf(encodeMessage(shape, decodeMessage<Shape>(shape, bytes) ?? expect.unreachable()))).toEqual(
        digest,
      );
    expect(digestIn(decodeMessage(ACTION, action.bytes)?.command)).toEqual(command.digest);
  });

  test.each([
    ['bytes that end in a field', Buffer.from([0x0a, 5, 1])],
    ['a text that is not UTF-8', Buffer.from([0x32, 1, 0xff])],
    ['a single field twice', Buffer.concat([Buffer.from([0x32, 1, 0x61]), Buffer.from([0x32, 1, 0x62])])],
  ])('refuses %s', (_, bytes) => {
    expect(decodeMessage(COMMAND, bytes)).toBeUndefined();
  });
});

const SPEC = programSpec({
  kind: 'some',
  format: 1,
  inputs: new Map(),
  outputs: { one: { type: 'file', path: 'out' }, all: { type: 'directory', path: 'tree' } },
});
const [FILE, FOLDER] = [
  { type: 'file', path: 'out', digest: digestOf('x'), executable: true } as const,
  { type: 'directory', path: 'tree', tree: digestOf('t'), root: digestOf('r') } as const,
];

describe('a stored result', () => {
  test('is read as it was written', () => {
    const read = readStoredResult(encodeStoredResult([FILE, FOLDER], 61_234), SPEC);
    expect(read).toEqual({
      ok: true,
      value: {
        outputs: new Map<string, unknown>([
          ['one', FILE],
          ['all', FOLDER],
        ]),
        duration: 61_234,
      },
    });
  });

  const wire = (message: Parameters<typeof encodeMessage<typeof ACTION_RESULT>>[1]) =>
    encodeMessage(ACTION_RESULT, message);
  const [file, folder] = [
    { path: 'out', digest: digestOf('x') },
    { path: 'tree', tree: digestOf('t') },
  ];

  test.each([
    ['nothing', Buffer.alloc(0), 'not an ActionResult'],
    ['a part of it', encodeStoredResult([FILE, FOLDER], 1).subarray(0, 40), 'not an ActionResult'],
    ['a failed action', wire({ files: [file], directories: [folder], exitCode: 1 }), 'exit status 1'],
    ['one output too few', wire({ files: [file] }), 'does not have the output tree'],
    ['another output', wire({ files: [file, { ...file, path: 'more' }], directories: [folder] }), 'not declare: more'],
    [
      'a path that leads out',
      wire({ files: [{ ...file, path: '../out' }], directories: [folder] }),
      'not declare: ../out',
    ],
    ['an output twice', wire({ files: [file, file], directories: [folder] }), 'out twice'],
    ['a folder in place of a file', wire({ directories: [folder, { ...folder, path: 'out' }] }), 'not a file'],
    ['no digest', wire({ files: [{ path: 'out' }], directories: [folder] }), 'no valid digest'],
    [
      'a digest that is a path',
      wire({
        files: [{ path: 'out', digest: { hash: '../../etc/passwd' as Sha256, size: 1 } }],
        directories: [folder],
      }),
      'no valid digest',
    ],
    [
      'a link',
      wire({ files: [file], directories: [folder], symlinks: [{ name: 'x', target: '/etc' }] }),
      'symbolic link',
    ],
  ])('of %s is refused', (_, bytes, why) => {
    expect(readStoredResult(bytes, SPEC)).toMatchObject({ ok: false, error: expect.stringContaining(why) });
  });
});

describe('the tree of a folder', () => {
  const file: Entry = { type: 'file', digest: digestOf('x'), executable: false };
  const treeOf = (entries: readonly (readonly [string, Entry])[]) => treeMessage(encodeTree(new Map(entries)));
  const link = (target: string): Entry => ({ type: 'symlink', target });

  test('is read in any order of its folders', () => {
    const tree = encodeTree(
      new Map([
        ['a/b/c', file],
        ['d/e', file],
        ['d/up', link('../a/b')],
      ]),
    );
    const root = tree.messages.find(({ digest }) => digest.hash === tree.root.hash) ?? expect.unreachable();
    const others = tree.messages.filter(message => message !== root);
    const bytesOf = (children: readonly { readonly bytes: Buffer }[]) =>
      encodeMessage(
        { root: { type: 'bytes', number: 1 }, first: { type: 'bytes', number: 2 } },
        { root: root.bytes },
      ).toString('hex') +
      children
        .map(({ bytes }) => `12${bytes.byteLength.toString(16).padStart(2, '0')}${bytes.toString('hex')}`)
        .join('');
    for (const children of [others, others.toReversed()]) {
      const small = children.filter(({ bytes }) => bytes.byteLength < 128);
      expect(small).toHaveLength(children.length);
      expect(readOutputTree(Buffer.from(bytesOf(children), 'hex'))).toMatchObject({
        ok: true,
        value: { root: tree.root },
      });
    }
  });

  test.each(['/etc/passwd', '..', '../x', 'a/../../x', 'a/..', '', '../../x', './../x', 'x\0y'])(
    'with a link to %j is refused',
    target => {
      expect(readOutputTree(treeOf([['link', link(target)]]))).toMatchObject({ ok: false });
    },
  );

  test('may have links that stay inside, as far down as they are', () => {
    const inside = treeOf([
      ['link', link('a/b')],
      ['a/up', link('..')],
      ['a/b/up', link('../../a')],
      ['a/dangling', link('nothing')],
    ]);
    expect(readOutputTree(inside)).toMatchObject({ ok: true });
    expect(readOutputTree(treeOf([['a/b/out', link('../../../x')]]))).toMatchObject({ ok: false });
  });

  test('with a folder that is deep in one place and flat in another is judged by the flat one', () => {
    const inner = encodeTree(new Map([['link', link('../../x')]]));
    const folder = { type: 'directory', digest: inner.root } as const;
    const outer = (paths: readonly string[]) => {
      const tree = encodeTree(new Map(paths.map(path => [path, folder] as const)));
      return treeMessage({ root: tree.root, messages: [...inner.messages, ...tree.messages] });
    };
    expect(readOutputTree(outer(['a/b']))).toMatchObject({ ok: true });
    expect(readOutputTree(outer(['a/b', 'c']))).toMatchObject({ ok: false });
  });

  test.each(['..', '.', '', 'a/b', '/etc', 'a\0b'])('with an entry named %j is refused', name => {
    const digest: Digest = digestOf('x');
    const root = { files: [{ name, digest }] };
    expect(readOutputTree(encodeMessage(TREE, { root }))).toMatchObject({ ok: false });
  });

  test('that names a folder which is not in it, or is not a tree, is refused', () => {
    const root = { directories: [{ name: 'a', digest: digestOf('nothing') }] };
    expect(readOutputTree(encodeMessage(TREE, { root }))).toMatchObject({ ok: false });
    expect(readOutputTree(Buffer.from('no tree'))).toMatchObject({ ok: false });
    expect(readOutputTree(Buffer.alloc(0))).toMatchObject({ ok: false });
  });

  test('that is small and describes more entries than any disk has is refused', () => {
    let inner = encodeTree(new Map([['file', file]]));
    const messages = [...inner.messages];
    for (let depth = 0; depth < 40; depth += 1) {
      const entry = { type: 'directory', digest: inner.root } as const;
      inner = encodeTree(
        new Map([
          ['a', entry],
          ['b', entry],
        ]),
      );
      messages.push(...inner.messages);
    }
    expect(readOutputTree(treeMessage({ root: inner.root, messages }))).toMatchObject({ ok: false });
  });
});
