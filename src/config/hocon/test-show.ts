/** For tests only: a value on one line, as JSON but with numbers as written and `!` before a value that resets. */
import { formatFailure } from '../../util/failure.ts';
import { parseHocon } from './parse.ts';
import type { HoconValue } from './value.ts';

export function show(value: HoconValue): string {
  return (value.resets ? '!' : '') + bare(value);
}

/** The value of a text, or the code of its failure and its place. */
export function read(text: string): string {
  const result = parseHocon(text, 't');
  return result.ok ? show(result.value) : `${result.error.code} ${result.error.where ?? ''}`;
}

/** The whole message of a text that must fail. */
export function complaint(text: string): string {
  const result = parseHocon(text, 't');
  return result.ok ? `no failure: ${show(result.value)}` : formatFailure(result.error);
}

function bare(value: HoconValue): string {
  switch (value.kind) {
    case 'object':
      return `{${[...value.entries].map(([key, inner]) => `${JSON.stringify(key)}:${show(inner)}`).join(',')}}`;
    case 'array':
      return `[${value.items.map(show).join(',')}]`;
    case 'string':
      return JSON.stringify(value.value);
    case 'number':
      return value.text;
    case 'boolean':
      return String(value.value);
    case 'null':
      return 'null';
    default:
      return value satisfies never;
  }
}
