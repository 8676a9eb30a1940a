/**
 * One QEMU process from start to end: console text, lines of the result port, a time limit for each phase. QEMU's exit status is never
 * believed; only what the guest said on the result port counts, and silence is failure.
 *
 * QEMU dies with this program: it stands in the same process group, gets SIGKILL when this program ends in any way that lets it clean up,
 * and where `setpriv` exists the kernel kills it with its parent.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';

export interface SessionOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  /** The first phase's limit, in seconds. */
  readonly limitSeconds: number;
  /** Aborted by the caller when it has seen enough. */
  readonly signal?: AbortSignal;
  readonly onConsole: (text: string) => void;
  /** A line of the result port, which is the guest's file descriptor 3. */
  readonly onLine: (line: string, session: SessionControl) => void;
}

interface SessionControl {
  /** Starts a new phase with a limit of its own. */
  readonly limit: (seconds: number) => void;
  /** The guest has said all that it will; QEMU gets a few seconds to end by itself. */
  readonly finish: () => void;
}

export type SessionEnd =
  | { readonly type: 'exited' }
  | { readonly type: 'timeout'; readonly seconds: number }
  | { readonly type: 'unstartable'; readonly cause: string };

/** What a guest that was told to power off may take. */
const POWEROFF_SECONDS = 20;

export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  if (!isOnPath(options.program)) return { type: 'unstartable', cause: 'it is not on this machine' };
  const withParent = existsSync('/usr/bin/setpriv') && existsSync('/usr/share/doc/util-linux');
  const words = [
    ...(withParent ? ['setpriv', '--pdeathsig', 'KILL', '--'] : []),
    options.program,
    ...options.arguments,
  ];
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  options.signal?.addEventListener('abort', kill);

  let timer: NodeJS.Timeout | undefined;
  let end: SessionEnd = { type: 'exited' };
  const limit = (seconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      end = { type: 'timeout', seconds };
      kill();
    }, seconds * 1_000);
  };
  const control: SessionControl = {
    limit,
    finish: () => {
      clearTimeout(timer);
      timer = setTimeout(kill, POWEROFF_SECONDS * 1_000);
    },
  };
  limit(options.limitSeconds);
  const stream = (descriptor: 1 | 2 | 3): Readable => child.stdio[descriptor] as Readable;
  for (const output of [stream(1), stream(2)])
    output.setEncoding('utf8').on('data', (text: string) => options.onConsole(text));
  forEachLine(stream(3), line => options.onLine(line, control));
  await new Promise<void>(resolve => {
    child.once('error', error => {
      end = { type: 'unstartable', cause: error.message };
      resolve();
    });
    child.once('close', () => resolve());
  });
  clearTimeout(timer);
  process.off('exit', kill);
  return end;
}

function forEachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    // The guest's terminal turns a newline into two bytes.
    for (const line of lines) take(line.replace(/\r$/, ''));
  });
}

/** Asked before, because `setpriv` would start and only then find nothing to become. */
function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}
