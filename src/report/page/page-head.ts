/**
 * The head of every page that aib writes. It contains the style; its Content-Security-Policy allows only this style and script, by their
 * hashes, and forbids all requests. Text must not become markup.
 */
import { createHash } from 'node:crypto';
import { shownText } from './markup.ts';

export interface PageHead {
  readonly title: string;
  readonly style: string;
  /** For pages with a script. */
  readonly script?: string;
}

export function* pageHeadLines({ title, style, script }: PageHead): Generator<string> {
  const scripts = script === undefined ? '' : `; script-src '${hashOf(script)}'`;
  yield '<!doctype html>';
  yield '<html lang="en">';
  yield '<head>';
  yield '<meta charset="utf-8">';
  yield `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src '${hashOf(style)}'${scripts}">`;
  yield '<meta name="viewport" content="width=device-width, initial-scale=1">';
  yield '<link rel="icon" href="data:,">';
  yield `<title>${shownText(title)}</title>`;
  yield `<style>${style}</style>`;
  yield '</head>';
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
