/**
 * Kills processes and groups of them when this process dies without a word, as by SIGKILL: a shell in a session of its own holds the other end of a pipe,
 * and the pipe ends with this process however it dies. Never outlives this process by more than the moment that takes.
 *
 * What is written to it, one a line: `+ -4711` for a group that is to go down too, `+ 4711` for a single process, the same with `-` for what is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Stream } from 'node:stream';

const SCRIPT = `
trap '' INT TERM HUP
targets=' '
while read -r sign target; do
  case $sign in
    +) case $targets in *" $target "*) ;; *) targets="$targets$target " ;; esac ;;
    -) case $targets in *" $target "*) targets="\${targets%% $target *} \${targets#* $target }" ;; esac ;;
  esac
done
for target in $targets; do kill -s KILL -- "$target"; done
`;

let watchdog: ChildProcess | undefined;

/** Before what is to be watched is started: it must not run while nobody watches. */
export function startWatchdog(): void {
  watchdog ??= start();
}

/** The end of the pipe, for a process that is to write its own line before it begins. Whoever holds it keeps the watchdog from seeing the end. */
export function watchdogPipe(): Stream | undefined {
  startWatchdog();
  return watchdog?.stdin ?? undefined;
}

/** A process, or with a minus before it a group, as for kill(2). */
export function watchOver(target: number): void {
  startWatchdog();
  tell(`+ ${target}`);
}

export function forget(target: number): void {
  tell(`- ${target}`);
}

function start(): ChildProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  // Where there is no shell, or somebody ended it, what remains is the kernel's own death watch.
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.once('exit', () => {
    watchdog = undefined;
  });
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  return child;
}

function tell(line: string): void {
  watchdog?.stdin?.write(`${line}\n`);
}
