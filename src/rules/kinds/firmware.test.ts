import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { ProgramContext } from '../../engine/run/program.ts';
import { packTar } from '../../formats/tar.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { unpackFirmware } from './firmware.ts';

async function contextWith(
  files: Readonly<Record<string, string>>,
  arch = 'x86_64',
  name = 'ovmf-1-r0.apk',
): Promise<ProgramContext> {
  const folder = testFolder('firmware');
  const entries = Object.entries(files).map(([path, content]) => {
    return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, content: Buffer.from(content) } as const;
  });
  writeFileSync(join(folder, 'ovmf.apk'), gzipSync(await packTar(entries)));
  return {
    parameters: { ARCH: arch, PACKAGE: name },
    inputs: new Map([['package', 'file']]),
    folder,
    inputFile: () => join(folder, 'ovmf.apk'),
    listInput: () => expect.unreachable(),
    signal: new AbortController().signal,
    log: () => undefined,
    progress: () => undefined,
  };
}

test('a package without the firmware is refused', async () => {
  expect(await unpackFirmware(await contextWith({ 'usr/share/OVMF/README': 'x' }))).toMatchObject({
    error: { code: 'AIB_MIRROR_CONTENT', what: 'ovmf-1-r0.apk has no code part' },
  });
});

test("an aarch64's is the code that is padded to the size of its flash, not the file beside it", async () => {
  const folder = 'usr/share/AAVMF';
  const files = { [`${folder}/QEMU_EFI.fd`]: 'short', [`${folder}/QEMU_VARS.fd`]: 'short' };
  const padded = { ...files, [`${folder}/AAVMF_CODE.fd`]: 'code', [`${folder}/AAVMF_VARS.fd`]: 'vars' };
  const context = await contextWith(padded, 'aarch64', 'aavmf-1-r0.apk');
  expect(await unpackFirmware(context)).toMatchObject({ ok: true });
  expect(['code.fd', 'vars.fd'].map(name => readFileSync(join(context.folder, name), 'utf8'))).toEqual([
    'code',
    'vars',
  ]);
  expect(await unpackFirmware(await contextWith(files, 'aarch64', 'aavmf-1-r0.apk'))).toMatchObject({
    error: { code: 'AIB_MIRROR_CONTENT', what: 'aavmf-1-r0.apk has no code part' },
  });
});
