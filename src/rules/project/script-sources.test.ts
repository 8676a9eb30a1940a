import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { scriptSources } from './script-sources.ts';

function sourceOf(text: string | Uint8Array) {
  const folder = testFolder('scripts');
  writeFileSync(join(folder, 'setup'), text);
  return scriptSources([folder], () => {})(['setup'], 'file');
}

describe('a script', () => {
  test.each([
    ['a shell', '#!/bin/sh\necho\n'],
    ['a shell with a switch', '#! /bin/sh -eu\n'],
    ['another program, which the image may have', '#!/usr/bin/env python3\n'],
    ['nothing behind its first line', '#!/bin/sh'],
    ['a first line that is long', `#!/bin/sh ${'x'.repeat(1_000)}\n`],
    ['CR LF further down, which may be meant', '#!/bin/sh\ncat <<EOF\na\r\nEOF\n'],
  ])('that begins with %s is taken', (_, text) => {
    expect(sourceOf(text)).toMatchObject({ ok: true });
  });

  test.each([
    ['no first line', 'echo\n', /^"echo"$/, /#!\/bin\/sh/],
    ['nothing at all', '', /^""$/, /#!\/bin\/sh/],
    ['a program whose place is not said', '#!sh\n', /^"#!sh"$/, /#!\/bin\/sh/],
    ['a byte order mark', '\ufeff#!/bin/sh\n', /byte order mark/, /UTF-8/],
    ['lines of Windows', '#!/bin/sh\r\necho\r\n', /CR LF/, /sed -i 's\/\\r\$\/\/'/],
    ['what is no text', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), /ELF/, /#!\/bin\/sh/],
  ])('that begins with %s is refused before anything is built', (_, text, got, hint) => {
    expect(sourceOf(text)).toMatchObject({
      ok: false,
      error: { code: 'AIB_SCRIPT_START', got: expect.stringMatching(got), hint: expect.stringMatching(hint) },
    });
  });

  test('that cannot be read is told by who reads it', () => {
    const folder = testFolder('scripts');
    symlinkSync('nowhere', join(folder, 'setup'));
    expect(scriptSources([folder], () => {})(['setup'], 'file')).toMatchObject({ ok: true });
  });

  test('is looked at in the last folder that has it', () => {
    const folder = testFolder('scripts');
    for (const [name, text] of [
      ['lower', 'echo\n'],
      ['upper', '#!/bin/sh\n'],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'setup'), text);
    }
    const folders = ['lower', 'upper'].map(name => join(folder, name));
    expect(scriptSources(folders, () => {})(['setup'], 'file')).toMatchObject({ ok: true });
    expect(scriptSources(folders.reverse(), () => {})(['setup'], 'file')).toMatchObject({ ok: false });
  });
});
