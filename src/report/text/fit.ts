/** Makes text fit one line of a terminal. Each output character has one column; control characters of foreign text must not get through. */
import { stripVTControlCharacters } from 'node:util';

/** Cuts the middle out of a text that is wider than `width`: the two ends of a label are the most useful parts. */
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

/** Cuts off the parts of a text that are far from `place`, if it is wider than `width`. */
export function elideAround(text: string, place: number, width: number): string {
  if (text.length <= width) return text;
  if (width < 2) return elideEnd(text, width);
  const start = Math.min(Math.max(0, place - Math.floor(width / 2)), text.length - width);
  const head = start === 0 ? '' : '…';
  const tail = start + width === text.length ? '' : '…';
  return `${head}${text.slice(start + head.length, start + width - tail.length)}${tail}`;
}

/** Output of a script or a guest as one line of printable ASCII, so that its width is known and it cannot move the cursor. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^ -~]/gu, '?')
    .trim();
}

/** A complete foreign line: other alphabets are kept, control characters are removed. */
export function withoutControls(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\0-\x08\x0a-\x1f\x7f-\x9f]/g, '');
}

/** The same for texts where invisible characters may matter: they are shown by number, `\r` by name. */
export function visibleControls(text: string): string {
  return text.replaceAll(/[\0-\x08\x0a-\x1f\x7f-\x9f]/g, control => {
    return control === '\r' ? '\\r' : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
