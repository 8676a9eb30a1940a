/** A program in QEMU's place on PATH, for tests of what surrounds the machine: an environment in which aib meets it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from 'vitest';

/** Of a build machine, as shell: writes a little to the disk, and says on the result port that all is done. */
export const DONE_AT_ONCE = `
  qemu-io -f qcow2 -c "write -P $(($$ % 255 + 1)) 1310720 262144" work/disk.qcow2 >/dev/null
  printf 'P:musl\\nV:1.2.5-r0\\n\\n' | dd of=out/installed conv=notrunc status=none
  printf 'AIB phase boot\\nAIB size 20\\nAIB done\\n' >&3`;

/** `build` is what the build machine does; one that boots an image shows the login prompt. */
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
    // What is found out about the stand-in is not to be remembered of QEMU.
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
}
