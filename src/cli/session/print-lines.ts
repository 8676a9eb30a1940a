/** Writes lines to standard output in pieces, because there can be many. If the reader stops (`| head`), the output ends without an error. */

/** Characters that are written at once. */
const PIECE = 1 << 16;

export async function printLines(lines: Iterable<string>): Promise<void> {
  const { stdout } = process;
  let gone = false;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const onError = (): void => {
    gone = true;
    end();
  };
  const write = async (text: string): Promise<void> => {
    if (gone || text === '' || stdout.write(text)) return;
    await Promise.race([ended, new Promise<void>(resolve => stdout.once('drain', () => resolve()))]);
  };
  stdout.once('error', onError);
  try {
    let piece = '';
    for (const line of lines) {
      piece += `${line}\n`;
      if (piece.length < PIECE) continue;
      await write(piece);
      if (gone) return;
      piece = '';
    }
    await write(piece);
  } finally {
    // Some callers print often, so the listener must not stay.
    stdout.off('error', onError);
  }
}
