/** Boots a finished image and waits for the expected text on its console. Never changes the image: it works on a copy. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { BootJob } from './job.ts';
import { consoleArguments, firmwareArguments, machineArguments, networkArguments } from './machine.ts';
import { REPORTED } from './monitor.ts';
import { type Problem, silence, tailOf } from './problem.ts';
import { runSession } from './session.ts';
import { limitOf, type Worker } from './worker.ts';

/** After a panic there is no more output, and QEMU would run until its time limit. */
const PANIC = /Kernel panic - not syncing: .*\n/;

export async function bootImage(job: BootJob, worker: Worker): Promise<Problem | undefined> {
  mkdirSync('out', { recursive: true });
  const console = tailOf(30);
  const stop = new AbortController();
  let seen = false;
  let panicked = false;
  let recent = '';
  const end = await runSession({
    program: job.qemu,
    arguments: [
      ...machineArguments(job, worker),
      ...['-no-reboot', '-display', 'none'],
      ...(job.firmware === 'bios' ? [] : firmwareArguments('firmware/code.fd', 'firmware/vars.fd')),
      ...networkArguments(true),
      ...['-drive', `if=virtio,file=image,format=${job.format},cache=unsafe,${REPORTED}`],
      ...consoleArguments(job),
    ],
    limitSeconds: limitOf('login', worker),
    signal: stop.signal,
    onConsole: text => {
      process.stdout.write(text);
      console.add(text);
      recent = (recent + text).slice(-4_096);
      seen ||= recent.includes(job.expect);
      panicked ||= PANIC.test(recent);
      if (seen || panicked) stop.abort();
    },
    onLine: () => {},
  });
  if (seen) {
    writeFileSync('out/verdict.json', `${JSON.stringify({ booted: true, saw: job.expect })}\n`);
    return undefined;
  }
  if (panicked) return { code: 'AIB_KERNEL_PANIC', what: "the image's kernel panicked", lines: console.lines() };
  const stopped = `the image did not show "${job.expect}"`;
  return silence(end, { qemu: job.qemu, phase: 'login', stopped, console: console.lines() });
}
