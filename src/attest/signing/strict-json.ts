/**
 * Reads JSON from others for decisions: of limited size and depth, in UTF-8, and without duplicate names in an object, because two programs
 * could use different values of them. Never throws for invalid content; a fault is a few words that follow "it is".
 */
import { JsonReader } from '../../util/json-reader.ts';
import { fail, ok, type Result } from '../../util/result.ts';

/** Maximum bytes; the provenance of an image with a thousand packages has a quarter of a megabyte. */
export const MOST_BYTES = 16 << 20;
const MOST_LEVELS = 64;

export function readStrictJson(bytes: Uint8Array): Result<JsonReader, string> {
  if (bytes.byteLength > MOST_BYTES) return fail(`larger than ${MOST_BYTES >> 20} MiB`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('not text in UTF-8');
  }
  if (depthOf(text) > MOST_LEVELS) return fail(`nested deeper than ${MOST_LEVELS} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('not valid JSON');
  }
  const double = doubledName(text);
  return double === undefined ? ok(new JsonReader(value)) : fail(`JSON with the name ${double} twice in one object`);
}

/** The nesting depth of a text, which may be invalid JSON. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const { token } of tokensOf(text)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** A duplicate name as it is written, if there is one. The text must be valid JSON. */
function doubledName(text: string): string | undefined {
  const open: Set<string>[] = [];
  let last = '';
  for (const { token, written } of tokensOf(text)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === '"') last = written;
    else {
      const names = open.at(-1);
      // Decoded, because a character can be written in several ways.
      const name = JSON.parse(last) as string;
      if (names?.has(name) === true) return last.length > 80 ? `${last.slice(0, 80)}…` : last;
      names?.add(name);
    }
  }
  return undefined;
}

interface Token {
  readonly token: string;
  /** For a text, including its quotes. */
  readonly written: string;
}

/** The brackets, braces, colons and texts, in order. */
function* tokensOf(text: string): Generator<Token> {
  for (let at = 0; at < text.length; at += 1) {
    const token = text.charAt(at);
    if (token === '"') {
      const end = endOfText(text, at);
      yield { token, written: text.slice(at, end) };
      at = end - 1;
    } else if ('{}[]:'.includes(token)) yield { token, written: token };
  }
}

/** The offset after the closing quote of the text at `start`: a quote with an even number of backslashes before it. */
function endOfText(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let first = quote;
    while (text.charAt(first - 1) === '\\') first -= 1;
    if ((quote - first) % 2 === 0) return quote + 1;
  }
  return text.length;
}
