/**
 * Reads the styles and the script of pictures. The script is bundled by src/bundle.ts, next to the command line; styles are read from the
 * sources.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aibHome, programFolder } from '../../util/files/home.ts';
import { styleOf } from '../page/page-style.ts';

export function pictureStyle(): string {
  return style('picture.css');
}

export function pageStyle(): string {
  return styleOf('graph/picture.css', 'graph/page/page.css');
}

export function pageScript(): string {
  return readFileSync(join(programFolder(), 'graph-page.js'), 'utf8');
}

function style(name: string): string {
  return readFileSync(join(aibHome(), 'src/report/graph', name), 'utf8');
}
