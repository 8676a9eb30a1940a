/** Prints nothing if the build succeeds; otherwise the failures and the summary, the same as the other reporters. */
import { closingLines, editedLine, failureLines } from './build-lines.ts';
import { leftInFlight } from './object-lines.ts';
import type { Reporter, ReporterSetup } from './reporter-contract.ts';
import { Tally } from './tally.ts';

export function quietReporter({ out, verbose, logFolder, colors, env, now }: ReporterSetup): Reporter {
  const log = { env, now };
  const tally = new Tally();
  let finished = false;
  const print = (lines: readonly string[]): void => {
    if (lines.length > 0) out.write(`${lines.join('\n')}\n`);
  };
  return {
    emit: event => {
      tally.apply(event);
      if (event.type === 'edited') print([editedLine(event, colors)]);
      if (event.type !== 'finished') return;
      finished = true;
      if (event.status !== 'done') print(closingLines(tally, event, { logFolder, colors, verbose, log }));
    },
    close: () => {
      if (!finished) print(failureLines(tally.failures, { logFolder, colors, log }));
      finished = true;
    },
    abandon: () => {
      if (!finished) print(leftInFlight(tally.objects.values()));
    },
  };
}
