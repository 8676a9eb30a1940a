/**
 * Kills process groups when this process dies without a word, as by SIGKILL: a shell in a session of its own holds the other end of a pipe,
 * and the pipe ends with this process however it dies. Never outlives this process by more than the moment that takes.
 *
 * What is written to it, one a line: `+ 4711` for a group that is to go down too, `- 4711` for one that is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';

const SCRIPT = `
trap '' INT TERM HUP
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

let watchdog: ChildProcess | undefined;

export function watchGroup(group: number): void {
  watchdog ??= start();
  tell(`+ ${group}`);
}

export function forgetGroup(group: number): void {
  tell(`- ${group}`);
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
