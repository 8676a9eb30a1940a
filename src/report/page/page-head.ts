/**
 * The head of every page that aib writes: styles and script lie in it, and its own Content-Security-Policy lets nothing else run or be asked for, by
 * their hashes. Never takes a text for markup.
 */
import { createHash } from 'node:crypto';
import { shownText } from './markup.ts';

export interface PageHead {
  readonly title: string;
  readonly style: string;
  /** Of pages that have one. */
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
