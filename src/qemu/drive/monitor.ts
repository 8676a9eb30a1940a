/**
 * QEMU's monitor, over which it says that it could not write: by default a machine whose disk is full only stands still, for ever. Speaks
 * QMP, JSON lines; asks for nothing but what it is told.
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
}

/** `onError` gets the reason in the C library's words: `No space left on device`. */
export function listenToMonitor(stream: Duplex, onError: (reason: string) => void): Monitor {
  const say = (command: string): void => void stream.write(`{"execute":"${command}"}\n`);
  stream.on('error', () => undefined);
  forEachLine(stream, line => {
    const reason = reasonIn(line);
    if (reason !== undefined) onError(reason);
  });
  // Without it no event is sent.
  say('qmp_capabilities');
  return { quit: () => say('quit') };
}

/** Of the event `{"event": "BLOCK_IO_ERROR", "data": {"reason": …, "operation": "read" | "write", …}}`. */
function reasonIn(line: string): string | undefined {
  try {
    const { event, data } = JSON.parse(line) as { event?: unknown; data?: { reason?: unknown } };
    return event === 'BLOCK_IO_ERROR' ? String(data?.reason ?? 'a disk of the machine failed') : undefined;
  } catch {
    return undefined;
  }
}
