/** Runs the host's programs for the sample mirror; never through a shell, and never with the user's configuration of apt. */
import { execFile } from 'node:child_process';
import type { Failure } from '../util/failure.ts';
import { fail, ok, type Result } from '../util/result.ts';

export interface HostOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

const NEEDS =
  'use an x86_64 Linux machine with apt-get, dpkg-deb and debian-archive-keyring (Debian, or Ubuntu with apt-get install debian-archive-keyring)';
const SHOWN_LINES = 20;

/** Returns the standard output of the program. */
export function runHost(program: string, args: readonly string[], options: HostOptions = {}): Promise<Result<string>> {
  const { cwd, env, signal } = options;
  return new Promise(resolve => {
    execFile(
      program,
      [...args],
      {
        maxBuffer: 256 << 20,
        env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', ...env },
        ...(cwd === undefined ? {} : { cwd }),
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(ok(stdout));
        else if (error.code === 'ENOENT') resolve(fail(missing(program)));
        else if (signal?.aborted === true) resolve(fail(interrupted()));
        else resolve(fail(failed(program, args, error.message, `${stdout}\n${stderr}`)));
      },
    );
  });
}

export function missing(thing: string): Failure {
  return { code: 'AIB_SAMPLE_HOST', what: `Missing requirement of the sample mirror: ${thing}`, hint: NEEDS };
}

export function interrupted(): Failure {
  return { code: 'AIB_CANCELLED', what: 'Making the sample mirror was interrupted', hint: 'start it again' };
}

function failed(program: string, args: readonly string[], message: string, output: string): Failure {
  const lines = output.split('\n').filter(line => line.trim() !== '');
  return {
    code: 'AIB_SAMPLE_COMMAND',
    what: `${program} failed while the sample mirror was made`,
    where: [program, ...args].join(' ').slice(0, 400),
    got: message.split('\n')[0] ?? message,
    output: lines.slice(-SHOWN_LINES),
    hint: 'see its output above; after a network error, try again',
  };
}
