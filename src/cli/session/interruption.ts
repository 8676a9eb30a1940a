/** What ends a verb from outside: Ctrl-C, and the signals that mean the same. Never ends anything itself the first time. */
import type { Reporter } from '../../report/progress/reporter-contract.ts';
import { EXIT } from './messages.ts';

/** For verbs that only look: Ctrl-C ends them at once, as it ends any program that does not listen, and nothing is left half done. */
export function endsAtOnce(): AbortSignal {
  return new AbortController().signal;
}

/** Sees to it that a reporter has the last word also where the process ends in the midst of a build; gives what closes it in the usual way. */
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
