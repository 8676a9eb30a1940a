/**
 * QEMU's monitor, over which it says that it could not write: by default a machine whose disk is full only stands still, for ever. Speaks
 * QMP, JSON lines.
 */
import type { Duplex } from 'node:stream';
import { forEachLine } from './lines.ts';

/** Words for QEMU: the monitor on a descriptor that is one end of a socket. */
export function monitorArguments(descriptor: number): readonly string[] {
  return ['-chardev', `socket,id=monitor,fd=${descriptor}`, '-mon', 'chardev=monitor,mode=control'];
}

/** For each drive that is written to: the guest is told of what cannot be, too, where nobody listens here. */
export const REPORTED = 'werror=report,rerror=report';

export interface Monitor {
  /** Ends QEMU in its own way, which leaves the terminal as it was. */
  readonly quit: () => void;
  /** What QEMU answers, which is nothing where it refuses; never comes once it has ended. */
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
    // Answers come in the order of the questions; those without an id are to what is said below.
    if (message.id === ASKED) asked.shift()?.((message.return ?? {}) as Readonly<Record<string, unknown>>);
  });
  // Without it no event is sent.
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

/** Of the event `{"event": "BLOCK_IO_ERROR", "data": {"reason": …, "operation": "read" | "write", …}}`. */
function reasonIn({ event, data }: Message): string | undefined {
  return event === 'BLOCK_IO_ERROR' ? String(data?.reason ?? 'a disk of the machine failed') : undefined;
}
