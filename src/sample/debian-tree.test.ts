import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../util/files/test-folder.ts';
import { ARCHITECTURES, type ArchName } from './architecture.ts';
import { debianTree } from './debian-tree.ts';

function treeWith(arch: ArchName, ...paths: readonly string[]) {
  const root = testFolder('tree');
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path);
  }
  return debianTree(ARCHITECTURES[arch], root, [], 7);
}

test('libraries lie where the loader of their architecture looks, also in packages that have them outside of /usr', () => {
  const tree = treeWith('aarch64', 'usr/lib/aarch64-linux-gnu/libc.so.6', 'lib/aarch64-linux-gnu/libe2p.so.2');
  expect(tree.libraries(['libc.so.6', 'libe2p.so.2']).map(({ path, mode }) => [path, mode])).toEqual([
    ['usr/lib/aarch64-linux-gnu/libc.so.6', 0o755],
    ['usr/lib/aarch64-linux-gnu/libe2p.so.2', 0o755],
  ]);
});

test("the host's own programs run with the loader and libraries that came with them", () => {
  const tree = treeWith('x86_64', 'usr/bin/kmod');
  const libraries = join(tree.root, 'usr/lib/x86_64-linux-gnu');
  const run = [join(libraries, 'ld-linux-x86-64.so.2'), '--library-path', libraries, '--argv0', 'depmod'];
  expect(tree.command('usr/bin/kmod', 'depmod')).toEqual([...run, join(tree.root, 'usr/bin/kmod')]);
});

test('a program for another machine is never run on the host', () => {
  expect(() => treeWith('aarch64', 'usr/bin/kmod').command('usr/bin/kmod')).toThrow('of arm64 was to run on this host');
});
