/** Splits the output of a command into lines, in bounded memory for any output. Never loses a byte of text on the way to the log. */

/** Length in characters at which an unfinished line is passed on in pieces. */
const LONGEST_PIECE = 1 << 16;
/** Length in characters to which a line is cut everywhere except in the log. */
const LONGEST_LINE = 2_000;

export interface LineCutter {
  readonly add: (text: string) => void;
  /** Passes on the text after the last line feed as a line. */
  readonly end: () => void;
}

/** `log` gets whole lines, several at a time, each with its line feed; `take` gets them one by one, without it. */
export function cutLines(log: (text: string) => void, take: (line: string) => void): LineCutter {
  let rest = '';
  /** The log ends within a line that was passed on in pieces. */
  let cutShort = false;
  const pass = (text: string): void => {
    log(text);
    cutShort = !text.endsWith('\n');
    for (const line of text.replace(/\n$/, '').split('\n')) take(clip(line));
  };
  const add = (text: string): void => {
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) pass(rest + text.slice(0, end));
    rest = end > 0 ? text.slice(end) : rest + text;
    if (rest.length < LONGEST_PIECE) return;
    pass(rest);
    rest = '';
  };
  const end = (): void => {
    if (rest !== '') pass(`${rest}\n`);
    else if (cutShort) log('\n');
    rest = '';
    cutShort = false;
  };
  return { add, end };
}

function clip(line: string): string {
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)}…`;
}
