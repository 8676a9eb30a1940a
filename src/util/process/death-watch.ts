/**
 * What makes a process end with the one that started it, however that ends, SIGKILL included. Two ways, since neither is sure by itself: the kernel,
 * where `setpriv` of util-linux exists (busybox's cannot), and a watchdog, which is a shell (see process-group.ts). Never guesses whether a
 * program is there: it is tried.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Stream } from 'node:stream';
import { watchdogPipe } from './group-watchdog.ts';

/** Tells the watchdog of this process, lets go of its pipe, and becomes the command: at no time does the command run unwatched. */
const TELL = (descriptor: number): string => `echo "+ $$" >&${descriptor}; exec ${descriptor}>&-; exec "$@"`;

export interface Watched {
  readonly words: readonly string[];
  /** What the command is to be given as the descriptor. */
  readonly pipe: Stream | 'ignore';
}

/** The command in words that see to it. `guardProcess` says when it is over. */
export function watched(command: readonly string[], descriptor: number): Watched {
  const words = [...deathWatch(process.env.PATH ?? ''), ...command];
  const pipe = existsSync('/bin/sh') ? watchdogPipe() : undefined;
  if (pipe === undefined) return { words, pipe: 'ignore' };
  return { words: ['/bin/sh', '-c', TELL(descriptor), 'sh', ...words], pipe };
}

const WORDS = ['setpriv', '--pdeathsig', 'KILL', '--'];

/** By PATH. */
const found = new Map<string, readonly string[]>();

/** Words before a command that make the kernel kill it with this process; none where there is no such program on this PATH. */
export function deathWatch(path: string): readonly string[] {
  const known = found.get(path);
  if (known !== undefined) return known;
  const [program = '', ...rest] = [...WORDS, '/bin/sh', '-c', ':'];
  const { status } = spawnSync(program, rest, { env: { PATH: path }, stdio: 'ignore' });
  const words = status === 0 ? WORDS : [];
  found.set(path, words);
  return words;
}
