/** Prints every event as one JSON object a line, for programs. Must not add, rename or drop a field: the type of the event is the format. */
import type { Reporter, ReporterOptions } from './reporter-contract.ts';

export function jsonReporter({ out }: Pick<ReporterOptions, 'out'>): Reporter {
  return {
    emit: event => void out.write(`${JSON.stringify(event)}\n`),
    close: () => undefined,
    // The events already contain the unfinished objects.
    abandon: () => undefined,
  };
}
