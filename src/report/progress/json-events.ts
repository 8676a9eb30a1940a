/** Prints every event as one JSON object a line, for programs; never adds, renames or drops a field, so the event's type is the format. */
import type { Reporter, ReporterOptions } from './reporter-contract.ts';

export function jsonReporter({ out }: Pick<ReporterOptions, 'out'>): Reporter {
  return {
    emit: event => void out.write(`${JSON.stringify(event)}\n`),
    close: () => undefined,
    // What is under way stands in the events.
    abandon: () => undefined,
  };
}
