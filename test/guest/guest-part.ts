/** For tests: runs a part of the guest program in the host's shell, on folders that replace those of the build machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aibHome } from '../../src/util/files/home.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';

export interface GuestPart {
  readonly folder: string;
  /** The output of shell lines after the part was read; functions in them replace programs. */
  readonly run: (shell: string) => string;
}

/** `files` are below the folder: `tree/` belongs to the image, `in/` and `run/` to the build machine. */
export function guestPart(part: string, files: Readonly<Record<string, string>>): GuestPart {
  const folder = testFolder('guest');
  for (const [name, text] of Object.entries({ 'in/packages/target.list': '', 'run/log': '', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const source = readFileSync(join(aibHome(), 'src/guest', part), 'utf8')
    .replaceAll('/in/packages', join(folder, 'in/packages'))
    .replaceAll('/run/', `${join(folder, 'run')}/`);
  const run = (shell: string): string =>
    execFileSync(
      'sh',
      [
        '-euc',
        `tree=${folder}/tree log=${folder}/run/log
         fail() { echo "fail $*"; cat "$log"; exit 0; }
         ${source}
         ${shell}`,
      ],
      { encoding: 'utf8' },
    );
  return { folder, run };
}
