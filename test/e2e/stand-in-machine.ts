/** A program that replaces QEMU on PATH, for tests of the code around the machine: an environment in which aib finds it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from 'vitest';

/** A shell script for a build machine: writes a little to the disk, and reports success on the result port. */
export const DONE_AT_ONCE = `
  qemu-io -f qcow2 -c "write -P $(($$ % 255 + 1)) 1310720 262144" work/disk.qcow2 >/dev/null
  printf 'P:musl\\nV:1.2.5-r0\\n\\n' | dd of=out/installed conv=notrunc status=none
  printf 'AIB phase boot\\nAIB size 20\\nAIB done\\n' >&3`;

/** `build` is the script of the build machine; a machine that boots an image shows the login prompt. */
export function standInMachine(build: string): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'aib-stand-in-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'bin/qemu-system-x86_64');
  mkdirSync(join(folder, 'bin'));
  writeFileSync(program, `#!/bin/sh\ncase "$*" in\n*-kernel*) ${build} ;;\n*) echo login:; exec sleep 60 ;;\nesac\n`);
  chmodSync(program, 0o755);
  return {
    ...process.env,
    PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
    // Facts about the stand-in must not be cached as facts about QEMU.
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
}
