import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findOnPath } from './on-path.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aib-path-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a folder or a file without the executable bit is not a program', () => {
  mkdirSync(join(folder, 'qemu-img'));
  writeFileSync(join(folder, 'xz'), '#!/bin/sh\n', { mode: 0o644 });
  expect(findOnPath('qemu-img', folder)).toBeUndefined();
  expect(findOnPath('xz', folder)).toBeUndefined();
});

test('the first folder of PATH that has the program wins, and empty ones are passed over', () => {
  const file = program('xz');
  expect(findOnPath('xz', `:${join(folder, 'nowhere')}:${folder}:/usr/bin`)).toBe(file);
});

function program(name: string): string {
  const file = join(folder, name);
  writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
  return file;
}
