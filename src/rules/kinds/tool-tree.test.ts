import { describe, expect, it } from 'vitest';
import type { TarEntry } from '../../formats/tar.ts';
import { ToolTree } from './tool-tree.ts';

const OWNER = { uid: 0, gid: 0, mtime: 0 };
const file = (path: string, content: string, mode = 0o755): TarEntry => ({
  ...OWNER,
  ...{ path, mode, type: 'file', content: Buffer.from(content) },
});
const link = (path: string, linkTarget: string, type: 'symlink' | 'hardlink' = 'symlink'): TarEntry => ({
  ...OWNER,
  ...{ path, mode: 0o777, type, linkTarget },
});
const folder = (path: string): TarEntry => ({ ...OWNER, path, mode: 0o755, type: 'directory' });

function treeOf(...packages: readonly (readonly TarEntry[])[]): Readonly<Record<string, string>> {
  const tree = new ToolTree(['dev']);
  for (const files of packages) tree.add(files);
  const shown = [...tree.entries()].map(entry => {
    if (entry.type === 'directory') return [entry.path, '/'] as const;
    if (entry.type === 'symlink') return [entry.path, `-> ${entry.target}`] as const;
    const text = 'bytes' in entry.source ? Buffer.from(entry.source.bytes).toString() : '';
    return [entry.path, `${entry.mode?.toString(8)} ${text}`] as const;
  });
  return Object.fromEntries(shown);
}

describe('the tree of the tools', () => {
  it('has the files of all packages, with modes and links', () => {
    expect(
      treeOf([folder('bin'), file('./bin/tar', 'tar')], [link('bin/gtar', 'tar'), file('etc/a', 'a', 0o644)]),
    ).toEqual({
      dev: '/',
      bin: '/',
      'bin/tar': '755 tar',
      'bin/gtar': '-> tar',
      'etc/a': '644 a',
    });
  });

  it('follows links on the way to a file, as where /lib is /usr/lib', () => {
    expect(
      treeOf(
        [folder('usr/lib'), link('lib', 'usr/lib'), link('lib64', '/lib')],
        [folder('lib'), file('lib/ld.so', 'ld'), file('lib64/libc.so', 'c'), link('lib/c', '../x')],
      ),
    ).toEqual({
      dev: '/',
      'usr/lib': '/',
      lib: '-> usr/lib',
      lib64: '-> /lib',
      'usr/lib/ld.so': '755 ld',
      'usr/lib/libc.so': '755 c',
      'usr/lib/c': '-> ../x',
    });
  });

  it('never leads out of itself, nor round in circles', () => {
    expect(treeOf([link('up', '../..'), file('up/a', 'a'), file('../../b', 'b')])).toMatchObject({
      a: '755 a',
      b: '755 b',
    });
    expect(Object.keys(treeOf([link('x', 'y'), link('y', 'x'), file('x/a', 'a')]))).toHaveLength(4);
  });

  it('makes files of hard links, and leaves out devices', () => {
    const device = {
      ...OWNER,
      path: 'dev/null',
      mode: 0o666,
      type: 'character',
      device: { major: 1, minor: 3 },
    } as const;
    expect(treeOf([file('a', 'a'), link('b', 'a', 'hardlink'), device])).toEqual({ dev: '/', a: '755 a', b: '755 a' });
  });
});
