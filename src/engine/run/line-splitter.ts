/** Cuts what a command writes into lines, in bounded memory whatever it writes. Never loses a byte of text on the way to the log. */

/** Characters after which a line that does not end is passed on in pieces. */
const LONGEST_PIECE = 1 << 16;
/** Characters of a line that anybody but the log gets to see. */
const LONGEST_LINE = 2_000;

export interface LineCutter {
  readonly add: (text: string) => void;
  /** What came after the last line feed is a line too. */
  readonly end: () => void;
}

/** `log` gets whole lines, as many at a time as there are, each with its line feed; `take` gets them one by one and without it. */
export function cutLines(log: (text: string) => void, take: (line: string) => void): LineCutter {
  let rest = '';
  /** The log ends within a line that was too long to wait for. */
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
