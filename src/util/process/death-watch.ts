/**
 * Makes a process end when its parent ends in any way, including SIGKILL. Two methods, because each may be unavailable: the kernel, if
 * `setpriv` of util-linux exists (that of busybox has no such option), and a watchdog, which is a shell (see process-group.ts). Whether a
 * program exists is tested by running it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Stream } from 'node:stream';
import { watchdogPipe } from './group-watchdog.ts';

/** Registers this process with the watchdog, closes the pipe, and becomes the command, so that the command does not run unwatched. */
const TELL = (descriptor: number): string => `echo "+ $$" >&${descriptor}; exec ${descriptor}>&-; exec "$@"`;

export interface Watched {
  readonly words: readonly string[];
  /** The stream for the descriptor of the command. */
  readonly pipe: Stream | 'ignore';
}

/** The command with the words that add both methods. `guardProcess` reports its end. */
export function watched(command: readonly string[], descriptor: number): Watched {
  const words = [...deathWatch(process.env.PATH ?? ''), ...command];
  const pipe = existsSync('/bin/sh') ? watchdogPipe() : undefined;
  if (pipe === undefined) return { words, pipe: 'ignore' };
  return { words: ['/bin/sh', '-c', TELL(descriptor), 'sh', ...words], pipe };
}

const WORDS = ['setpriv', '--pdeathsig', 'KILL', '--'];

/** By PATH. */
const found = new Map<string, readonly string[]>();

/** Words before a command that make the kernel kill it with this process; empty if this PATH has no such program. */
export function deathWatch(path: string): readonly string[] {
  const known = found.get(path);
  if (known !== undefined) return known;
  const [program = '', ...rest] = [...WORDS, '/bin/sh', '-c', ':'];
  const { status } = spawnSync(program, rest, { env: { PATH: path }, stdio: 'ignore' });
  const words = status === 0 ? WORDS : [];
  found.set(path, words);
  return words;
}
