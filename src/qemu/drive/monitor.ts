/**
 * QEMU's monitor, which reports failed writes: by default, a machine with a full disk only pauses forever. The protocol is QMP, JSON
 * lines.
 */
import type { Duplex } from 'node:stream';
import { forEachLine } from './lines.ts';

/** Arguments for QEMU: the monitor on a descriptor that is one end of a socket. */
export function monitorArguments(descriptor: number): readonly string[] {
  return ['-chardev', `socket,id=monitor,fd=${descriptor}`, '-mon', 'chardev=monitor,mode=control'];
}

/** For each writable drive: errors are reported to the guest, too, in case nothing reads the monitor. */
export const REPORTED = 'werror=report,rerror=report';

export interface Monitor {
  /** Quits QEMU, which restores the terminal. */
  readonly quit: () => void;
  /** QEMU's answer; empty if it refuses. Does not settle if QEMU has ended. */
  readonly execute: (
    command: string,
    words?: Readonly<Record<string, unknown>>,
  ) => Promise<Readonly<Record<string, unknown>>>;
}

/** `onError` gets the reason in the C library's words: `No space left on device`. */
export function listenToMonitor(stream: Duplex, onError: (reason: string) => void): Monitor {
  const say = (message: object): void => void stream.write(`${JSON.stringify(message)}\n`);
  const asked: ((answer: Readonly<Record<string, unknown>>) => void)[] = [];
  stream.on('error', () => undefined);
  forEachLine(stream, line => {
    const message = messageIn(line);
    const reason = reasonIn(message);
    if (reason !== undefined) onError(reason);
    // Answers are in the order of the requests; answers without an id belong to the messages below.
    if (message.id === ASKED) asked.shift()?.((message.return ?? {}) as Readonly<Record<string, unknown>>);
  });
  // Required before QEMU sends events.
  say({ execute: 'qmp_capabilities' });
  return {
    quit: () => say({ execute: 'quit' }),
    execute: (command, words = {}) =>
      new Promise(resolve => {
        asked.push(resolve);
        say({ execute: command, arguments: words, id: ASKED });
      }),
  };
}

const ASKED = 'asked';

interface Message {
  readonly event?: unknown;
  readonly data?: { readonly reason?: unknown };
  readonly return?: unknown;
  readonly id?: unknown;
}

function messageIn(line: string): Message {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return {};
  }
}

/** The reason in the event `{"event": "BLOCK_IO_ERROR", "data": {"reason": …, "operation": "read" | "write", …}}`. */
function reasonIn({ event, data }: Message): string | undefined {
  return event === 'BLOCK_IO_ERROR' ? String(data?.reason ?? 'a disk of the machine failed') : undefined;
}
