/** The message of a failed driver, on standard error, in the format that the runner parses. */
import { storeFailure } from '../../store/database/store-failure.ts';
import type { Failure } from '../../util/failure.ts';
import { fullDiskInWords } from '../../util/files/full-disk.ts';
import type { SessionEnd } from './session.ts';

export interface Problem {
  /** AIB_… */
  readonly code: string;
  readonly what: string;
  readonly hint?: string;
  /** Output that explains it. */
  readonly lines: readonly string[];
}

/** `aib: [CODE] what`, `aib-try: hint`, then the lines. */
export function formatProblem({ code, what, hint, lines }: Problem): string {
  return [`aib: [${code}] ${what}`, ...(hint === undefined ? [] : [`aib-try: ${hint}`]), ...lines, ''].join('\n');
}

/** Few users need it, so ./setup does not install it. */
export const INSTALL_ARM = 'install qemu-system-arm (Debian, Ubuntu) or qemu-system-aarch64 (Alpine, Fedora)';

/** For a guest that ended without reporting a failure. */
export function silence(
  end: SessionEnd,
  {
    qemu,
    phase,
    stopped,
    console,
  }: {
    readonly qemu: string;
    /** The last phase that began. */
    readonly phase: string;
    /** What it means, in words. */
    readonly stopped: string;
    /** The last lines. */
    readonly console: readonly string[];
  },
): Problem {
  switch (end.type) {
    case 'unstartable':
      return {
        code: 'AIB_NO_QEMU',
        what: `${qemu} cannot be started: ${end.cause}`,
        hint: /aarch64/.test(qemu) ? INSTALL_ARM : 'run aib doctor, which prints the command that installs it',
        lines: [],
      };
    case 'timeout':
      return {
        code: 'AIB_TIMEOUT',
        what: `phase ${phase} took longer than ${end.seconds} s`,
        hint: `see the end of its console in the log; if the machine is only slow or busy, give it more time with the setting qemu.timeouts.${phase} or with --limit-factor`,
        lines: console,
      };
    case 'disk-failed':
      return diskFailed(end.reason);
    case 'killed':
      return { code: 'AIB_MACHINE_STOPPED', what: `${stopped}: QEMU was killed by ${end.by}`, lines: console };
    case 'exited':
      return { code: 'AIB_MACHINE_STOPPED', what: stopped, lines: console };
  }
}

/** For a disk of the machine that cannot be read or written; `reason` is a message of the C library. */
export function diskFailed(reason: string): Problem {
  const { code, what, hint }: Failure = fullDiskInWords(reason) ?? {
    code: 'AIB_STORE_ACCESS',
    what: 'A disk of the machine cannot be read or written',
  };
  return { code, what, ...(hint === undefined ? {} : { hint }), lines: [`the machine's disk: ${reason}`] };
}

/** For an error of the system in the driver itself; undefined for a bug. */
export function problemOf(error: unknown): Problem | undefined {
  const failure = storeFailure(error);
  if (failure === undefined) return undefined;
  const { code, what, hint, got } = failure;
  return { code, what, ...(hint === undefined ? {} : { hint }), lines: got === undefined ? [] : [got] };
}

/** Remembers the last lines of a stream. */
export function tailOf(count: number): {
  readonly add: (text: string) => void;
  readonly lines: () => readonly string[];
} {
  let text = '';
  return {
    add: more => {
      text = (text + more).slice(-16_384);
    },
    lines: () =>
      text
        .replaceAll('\r', '')
        .split('\n')
        .filter(line => line.trim() !== '')
        .slice(-count),
  };
}
