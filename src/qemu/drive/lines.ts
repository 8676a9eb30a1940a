/** Splits the output of a machine or its monitor into lines. */
import type { Readable } from 'node:stream';

export function forEachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    // The guest's terminal turns a newline into two bytes.
    for (const line of lines) take(line.replace(/\r$/, ''));
  });
}
