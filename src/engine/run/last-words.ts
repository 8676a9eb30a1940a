/**
 * What is remembered of a command's standard error for its failure. A command may name its failure itself, by a line `aib: [AIB_CODE] what`,
 * and the remedy by `aib-try: …`; the other lines are then its output. Any program may write such a line, so a code counts only if the table of
 * failures has it. Never holds more than a screenful; the log has all of it.
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

  /** Takes the next line. The first name and the first remedy count, however much is said after them. */
  add(line: string): void {
    const [, code, what] = /^aib: \[(AIB_[A-Z0-9_]+)\] (.*)$/.exec(line) ?? [];
    if (line.startsWith(TRY)) this.#hint ??= line.slice(TRY.length);
    if (code !== undefined && what !== undefined) this.#named ??= { code, what, line };
    this.#lines.push(line);
    if (this.#lines.length > QUOTED_LINES) this.#lines.shift();
  }

  /** Undefined if the command gave its failure no name. */
  failure(): Failure | undefined {
    if (this.#named === undefined) return undefined;
    const { code, what, line } = this.#named;
    const output = this.#lines.filter(other => other !== line && !other.startsWith(TRY));
    return {
      ...(isFailureCode(code)
        ? { code, what }
        : { code: 'AIB_COMMAND_FAILED', what, got: `${code}, a code that aib does not know` }),
      output,
      ...(this.#hint === undefined ? {} : { hint: this.#hint }),
    };
  }
}
