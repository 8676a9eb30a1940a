/** `aib explain CODE`: what a failure means, how one comes to it, and what to do; all that docs/errors.md says of it. */
import { FAILURE_EXAMPLES } from '../../util/failure-examples.ts';
import { FAILURES, isFailureCode } from '../../util/failure-table.ts';
import { nearest } from '../../util/suggest.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import type { Options } from '../words/options.ts';

export async function explainCommand(word: string, options: Options): Promise<number> {
  // As one remembers it: no-run, NO_RUN.
  const named = word.toUpperCase().replaceAll('-', '_');
  const code = named.startsWith('AIB_') ? named : `AIB_${named}`;
  if (!isFailureCode(code)) {
    const near = nearest(code, Object.keys(FAILURES), 3);
    return showFailure({
      code: 'AIB_USAGE',
      what: `There is no failure ${word}`,
      hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'docs/errors.md has all of them',
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
