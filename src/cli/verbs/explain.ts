/** `aib explain CODE`: the meaning of a failure, an example, and what to do; the same as docs/errors.md. */
import { FAILURE_EXAMPLES } from '../../util/failure-examples.ts';
import { FAILURES, isFailureCode } from '../../util/failure-table.ts';
import { nearest } from '../../util/suggest.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import type { Options } from '../words/options.ts';

export async function explainCommand(word: string, options: Options): Promise<number> {
  // Short forms are accepted: no-run, NO_RUN.
  const named = word.toUpperCase().replaceAll('-', '_');
  const code = named.startsWith('AIB_') ? named : `AIB_${named}`;
  if (!isFailureCode(code)) {
    const near = nearest(code, Object.keys(FAILURES), 3);
    return showFailure({
      code: 'AIB_USAGE',
      what: `Unknown failure code: ${word}`,
      hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see docs/errors.md for all codes',
    });
  }
  const { category, exit, words, remedy } = FAILURES[code];
  const example = FAILURE_EXAMPLES[code];
  await printLines(
    options.json === true
      ? [JSON.stringify({ code, category, exit, words, example, remedy })]
      : [code, `  means    ${words}`, `  example  ${example}`, `  try      ${remedy}`, `  exit     ${exit}`],
  );
  return EXIT.done;
}
