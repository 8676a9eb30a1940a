/**
 * Kills processes and process groups when this process is killed, for example by SIGKILL: a shell in a separate session reads from a pipe,
 * which closes when this process ends in any way. The shell must end right after this process.
 *
 * Lines on the pipe: `+ -4711` registers a group, `+ 4711` a single process; the same with `-` removes it.
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

/** Must be called before a watched process starts, so that it does not run unwatched. */
export function startWatchdog(): void {
  watchdog ??= start();
}

/** The pipe, for a process that registers itself. It must close the pipe afterwards: otherwise the watchdog does not notice the end. */
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
  // Without a shell, or if it was killed, only the kernel's method remains.
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
