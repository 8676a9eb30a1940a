/** The reason at the end of a line about a node. A long reason is printed once: the lines that follow it with the same one only refer to it. */

/** Characters up to which a reason is repeated. */
const SHORT = 40;

export class ReasonWords {
  #last: string | undefined;

  /** The words for the next line that is printed. */
  of(reason: string): string {
    const isSame = reason === this.#last;
    this.#last = reason;
    return isSame && reason.length > SHORT ? 'for the same reason' : `because ${reason}`;
  }
}
