import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkHost, type Host } from './host-tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aib-host-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a tool on PATH is reported with its file and its version, and without a problem', () => {
  const file = program('qemu-system-x86_64', 'echo "QEMU emulator version 9.2.0 (Debian 1:9.2.0-1)"');
  const state = stateOf('qemu-system-x86_64');
  expect(state).toMatchObject({ need: 'always', found: file, version: '9.2.0' });
  expect(state?.problem).toBeUndefined();
});

test('a tool that is not there has a problem and a remedy, and no file', () => {
  const state = stateOf('qemu-img');
  expect(state).toMatchObject({ problem: 'not found on PATH', remedy: 'run ./setup' });
  expect(state?.found).toBeUndefined();
});

test('a program that cannot start is a problem although it was found', () => {
  const file = program('xz', 'echo "error while loading shared libraries" >&2; exit 127');
  expect(stateOf('xz')).toMatchObject({ found: file, problem: `${file} --version exited with status 127` });
});

test('a program whose version cannot be read is fine', () => {
  program('dpkg-deb', 'echo "the one from 1994"');
  const state = stateOf('dpkg-deb');
  expect(state?.problem).toBeUndefined();
  expect(state?.version).toBeUndefined();
});

test('Node is too old below 22.12 and never otherwise', () => {
  const problem = (nodeVersion: string) => checkHost({ ...host(), nodeVersion })[0]?.problem;
  expect(problem('20.20.2')).toBe('older than 22.12');
  expect(problem('22.11.0')).toBe('older than 22.12');
  expect(problem('22.12.0')).toBeUndefined();
  expect(problem('23.0.0')).toBeUndefined();
  expect(problem('24.1.0-nightly2026')).toBeUndefined();
});

test('only what every build needs is needed always', () => {
  const always = checkHost(host()).filter(state => state.need === 'always');
  expect(always.map(state => state.tool)).toEqual(['node', 'qemu-system-x86_64', 'qemu-img']);
});

function host(): Host {
  return { path: folder, nodeVersion: '24.0.0', nodeFile: '/usr/bin/node' };
}

function stateOf(tool: string) {
  return checkHost(host()).find(state => state.tool === tool);
}

function program(name: string, body: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}
