/** Reads strings in double quotes with the escapes of JSON, in linear time. Must not accept half of a surrogate pair. */
import { Problem } from './problem.ts';
import type { Position } from './value.ts';

export interface Quoted {
  readonly value: string;
  /** The offset after the closing quotes. */
  readonly end: number;
}

/** `start` is the offset of the opening quotes; `at` returns the position of an offset on their line. */
export function readQuoted(text: string, start: number, at: (offset: number) => Position): Quoted {
  return text.startsWith('"""', start) ? readTriple(text, start, at) : readSingle(text, start, at);
}

/** Everything up to the last of the closing quotes is content: `"""a""""` is `a"`. Line breaks count, escapes do not. */
function readTriple(text: string, start: number, at: (offset: number) => Position): Quoted {
  const close = text.indexOf('"""', start + 3);
  if (close < 0) {
    throw new Problem('AIB_CONFIG_SYNTAX', {
      what: 'A string in triple quotes is not closed',
      at: at(start),
      length: 3,
      hint: 'close it with """',
    });
  }
  let end = close + 3;
  while (text[end] === '"') end += 1;
  return { value: text.slice(start + 3, end - 3), end };
}

function readSingle(text: string, start: number, at: (offset: number) => Position): Quoted {
  const special = /["\\\n]/g;
  let value = '';
  let from = start + 1;
  let escapedUnits = false;
  for (;;) {
    special.lastIndex = from;
    const found = special.exec(text);
    if (found === null || found[0] === '\n') {
      throw new Problem('AIB_CONFIG_SYNTAX', {
        what: 'A string is not closed on its line',
        at: at(start),
        length: (found?.index ?? text.length) - start,
        hint: 'close it with a double quote, or use """ around text of several lines',
      });
    }
    value += text.slice(from, found.index);
    if (found[0] === '"') {
      if (escapedUnits && !value.isWellFormed()) throw halfPair(at(start), found.index + 1 - start);
      return { value, end: found.index + 1 };
    }
    const escaped = readEscape(text, found.index, at);
    value += escaped.value;
    from = escaped.end;
    escapedUnits ||= escaped.end - found.index === 6;
  }
}

function readEscape(text: string, start: number, at: (offset: number) => Position): Quoted {
  const letter = text[start + 1] ?? '';
  const simple = simpleEscapes.get(letter);
  if (simple !== undefined) return { value: simple, end: start + 2 };
  const digits = text.slice(start + 2, start + 6);
  if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(digits)) {
    return { value: String.fromCharCode(Number.parseInt(digits, 16)), end: start + 6 };
  }
  throw new Problem('AIB_CONFIG_SYNTAX', {
    what: letter === 'u' ? 'An escape \\u requires four hexadecimal digits' : `Unknown escape \\${letter.trim()}`,
    at: at(start),
    length: 2,
    hint: 'write \\\\ for a backslash, or use """ around text without escapes',
  });
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function halfPair(at: Position, length: number): Problem {
  return new Problem('AIB_CONFIG_SYNTAX', {
    what: 'A string contains half of a surrogate pair',
    at,
    length,
    hint: 'write both \\u escapes of the pair, or the character itself',
  });
}
