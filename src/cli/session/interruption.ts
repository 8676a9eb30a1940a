/**
 * Interruption of a verb: Ctrl-C and the signals with the same meaning. The first signal only requests the end; the second ends the
 * process.
 */
import type { Reporter } from '../../report/progress/reporter-contract.ts';
import { EXIT } from './messages.ts';

/** For read-only verbs: no signal handler is installed, so Ctrl-C ends the process at once. */
export function endsAtOnce(): AbortSignal {
  return new AbortController().signal;
}

/** Lets the reporter print its last lines even if the process exits during a build; returns the function that closes it normally. */
export function tellAtExit(reporter: Reporter): () => void {
  const abandon = (): void => reporter.abandon();
  process.once('exit', abandon);
  return () => {
    process.off('exit', abandon);
    reporter.close();
  };
}

/** Ctrl-C once: stop cleanly; twice: at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}
