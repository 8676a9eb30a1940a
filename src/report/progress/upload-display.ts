/** One line while results are still sent after a build: in a terminal it is drawn again, in a log it comes rarely. */
import { formatBytes } from '../../util/bytes.ts';
import { count } from '../text/count.ts';
import type { Output } from './reporter-contract.ts';

interface UploadState {
  /** Results that are not sent yet, and those that are. */
  readonly waiting: number;
  readonly sent: number;
  readonly bytes: number;
}

export interface UploadDisplay {
  /** Shows the state until the returned function is called. */
  readonly start: (state: () => UploadState) => () => void;
  readonly tell: (line: string) => void;
}

const DRAW_MS = 200;
const PRINT_MS = 10_000;
/** Clears the line of a terminal. */
const AGAIN = '\r\x1b[K';

export function uploadDisplay({
  out,
  names,
  isQuiet,
}: {
  readonly out: Output;
  readonly names: readonly string[];
  readonly isQuiet: boolean;
}): UploadDisplay {
  const where = names.join(', ');
  const again = out.isTTY === true ? AGAIN : '';
  const tell = (line: string): void => {
    if (!isQuiet) out.write(`${again}${line}\n`);
  };
  const waitingLine = ({ waiting, bytes }: UploadState): string =>
    `sending ${count(waiting, 'result')} to ${where}, ${formatBytes(bytes)} so far; Ctrl-C stops this`;
  return {
    tell,
    start: state => {
      if (isQuiet || state().waiting === 0) {
        if (state().sent > 0) tell(sentLine(state(), where));
        return () => undefined;
      }
      const show =
        out.isTTY === true ? () => void out.write(again + waitingLine(state())) : () => tell(waitingLine(state()));
      show();
      const timer = setInterval(show, out.isTTY === true ? DRAW_MS : PRINT_MS);
      return () => {
        clearInterval(timer);
        const { waiting } = state();
        if (waiting > 0) tell(`${count(waiting, 'result')} not sent to ${where}`);
        else if (state().sent > 0) tell(sentLine(state(), where));
        else if (out.isTTY === true && !isQuiet) out.write(AGAIN);
      };
    },
  };
}

function sentLine({ sent, bytes }: UploadState, where: string): string {
  return `sent ${count(sent, 'result')} to ${where}, ${formatBytes(bytes)}`;
}
