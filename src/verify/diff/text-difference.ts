/** The different lines of two short texts, with `-` and `+`. */
import { textChange } from '../../query/why/text-change.ts';

interface Content {
  readonly size: number;
  readonly read: () => Buffer;
}

/** Larger texts are only reported as different. */
export const LONGEST_TEXT = 256 << 10;

/** Undefined if one is too long, or not a text. */
export async function textDifference(before: Content, after: Content): Promise<readonly string[] | undefined> {
  const [was, is] = [textOf(before), textOf(after)];
  if (was === undefined || is === undefined) return undefined;
  return (await textChange(was, is)).diff;
}

function textOf({ size, read }: Content): string | undefined {
  if (size > LONGEST_TEXT) return undefined;
  const text = read().toString('utf8');
  return text.includes('\0') || text.includes('\ufffd') ? undefined : text;
}
