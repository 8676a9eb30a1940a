import { expect, test } from 'vitest';
import { fileNameFault, pathBelowFault } from './file-name.ts';

test.each(['a', 'a.b', '..a', 'a..', '-', 'größe', 'a b', 'x'.repeat(255)])('%j can be the name of a file', name => {
  expect(fileNameFault(name)).toBeUndefined();
  expect(pathBelowFault(`below/${name}`)).toBeUndefined();
});

test.each(['', '.', '..', 'a\nb', 'a\0', '\u001b[31m', 'a\u0085b', 'x'.repeat(256), 'ü'.repeat(128)])(
  '%j cannot, wherever in a path it stands',
  name => {
    expect(fileNameFault(name)).toBeDefined();
    for (const path of [name, `below/${name}`, `${name}/below`]) expect(pathBelowFault(path)).toBeDefined();
  },
);

test('a path with a folder is no name, and one from the root lies below nothing', () => {
  expect(fileNameFault('a/b')).toMatch(/slash/);
  expect(pathBelowFault('/a')).toMatch(/absolute/);
});
