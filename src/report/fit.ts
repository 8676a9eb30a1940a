/** Makes text fit one line of a terminal. Everything that comes out has one column a character; nothing foreign gets through as control. */
import { stripVTControlCharacters } from 'node:util';

/** Cuts the middle out of a text that is wider than `width`: the two ends of a label tell most. */
export function elideMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width < 1) return '';
  const head = Math.floor((width - 1) / 2);
  const tail = width - 1 - head;
  return `${text.slice(0, head)}…${text.slice(text.length - tail)}`;
}

/** Cuts the end off a text that is wider than `width`. */
export function elideEnd(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}

/** Words of a script or a guest as one line of printable ASCII, so that their width is known and they can't move the cursor. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^ -~]/gu, '?')
    .trim();
}

/** A foreign line for printing whole: other alphabets stay, control characters go. */
export function withoutControls(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\0-\x08\x0a-\x1f\x7f-\x9f]/g, '');
}
