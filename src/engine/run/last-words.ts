/**
 * The last lines of a command's standard error, for its failure. A command can report its failure with a line `aib: [AIB_CODE] what`, and
 * the remedy with `aib-try: …`; the other lines are then its output. Any program can write such a line, so a code counts only if it is in
 * the failure table. Never holds more than a screenful; the log has everything.
 */
import type { Failure } from '../../util/failure.ts';
import { isFailureCode } from '../../util/failure-table.ts';

const QUOTED_LINES = 30;
const TRY = 'aib-try: ';

export class LastWords {
  readonly #lines: string[] = [];
  #named: { readonly code: string; readonly what: string; readonly line: string } | undefined;
  #hint: string | undefined;

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Adds the next line. Only the first code and the first remedy count. */
  add(line: string): void {
    const [, code, what] = /^aib: \[(AIB_[A-Z0-9_]+)\] (.*)$/.exec(line) ?? [];
    if (line.startsWith(TRY)) this.#hint ??= line.slice(TRY.length);
    if (code !== undefined && what !== undefined) this.#named ??= { code, what, line };
    this.#lines.push(line);
    if (this.#lines.length > QUOTED_LINES) this.#lines.shift();
  }

  /** Undefined if the command wrote no failure code. */
  failure(): Failure | undefined {
    if (this.#named === undefined) return undefined;
    const { code, what, line } = this.#named;
    const output = this.#lines.filter(other => other !== line && !other.startsWith(TRY));
    return {
      ...(isFailureCode(code) ? { code, what } : { code: 'AIB_COMMAND_FAILED', what, got: `unknown code: ${code}` }),
      output,
      ...(this.#hint === undefined ? {} : { hint: this.#hint }),
    };
  }
}
