/** `aib graph [EXPRESSION]`: draws the graph. Writes one file or prints text, and opens no viewer. */
import { writeFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { parseQuery } from '../../query/language/query-parser.ts';
import { draw, isPictureForm, PICTURE_FORMS, type PictureForm } from '../../report/graph/pictures.ts';
import { makeFolder } from '../../util/files/make-folder.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { endsAtOnce } from '../session/interruption.ts';
import { EXIT } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { queryGraph } from '../session/query-session.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export function graphCommand(words: readonly string[], options: Options): Promise<number> {
  return withSession(options, endsAtOnce(), async session => {
    const form = formOf(options);
    if (!form.ok) return form;
    const answered = await queryGraph(expressionOf(words), session, { state: true, store: true });
    if (!answered.ok) return answered;
    const { world, nodes, store } = answered.value;
    const lines = await draw(form.value, {
      world,
      nodes,
      title: words.length === 0 ? EVERYTHING : words.join(' '),
      factored: options.factored ?? true,
      by: options.by ?? [],
      madeBy: label => store?.records.latest(label)?.outputs ?? {},
    });
    if (!lines.ok) return lines;
    const path = pathOf(form.value, session.workspace, options);
    if (path === undefined) await printLines(lines.value);
    const written = path === undefined ? ok(undefined) : writeLines(path, lines.value);
    return written.ok ? ok(EXIT.done) : written;
  });
}

const EVERYTHING = '//...';

/** Labels alone mean their dependencies: a picture of unconnected nodes shows nothing. */
function expressionOf(words: readonly string[]): string {
  if (words.length === 0) return EVERYTHING;
  const labels = words.flatMap(word => {
    const parsed = parseQuery(word);
    return parsed.ok && parsed.value.type === 'pattern' ? [word] : [];
  });
  return labels.length === words.length ? `deps(set(${labels.join(' ')}))` : words.join(' ');
}

/** From `--output`, or else from the end of the file name. An unknown end, such as .png, is a failure. */
function formOf({ output, to }: Options): Result<PictureForm> {
  const ending = to === undefined ? '' : extname(to).slice(1).toLowerCase();
  const name = output ?? (ending === '' ? 'html' : (FORM_OF_ENDING[ending] ?? ending));
  if (isPictureForm(name)) return ok(name);
  return fail({
    code: 'AIB_USAGE',
    what: `Unknown picture format: ${name}`,
    hint: `write --output ${PICTURE_FORMS.join(' | ')}`,
  });
}

const FORM_OF_ENDING: Readonly<Record<string, PictureForm>> = { htm: 'html', gv: 'dot', mmd: 'mermaid' };

/** Undefined for standard output. A page goes to a file by default: it is not readable on a terminal. */
function pathOf(form: PictureForm, workspace: Workspace, { to }: Options): string | undefined {
  if (to !== undefined) return resolve(to);
  return form === 'html' ? join(workspace.cache, 'graph.html') : undefined;
}

/** The path is printed, for `xdg-open "$(aib graph)"`. */
function writeLines(path: string, lines: Iterable<string>): Result<void> {
  try {
    makeFolder(dirname(path));
    writeFileSync(path, `${[...lines].join('\n')}\n`);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return fail({ code: 'AIB_CANNOT_WRITE', what: 'The picture cannot be written', where: path, got });
  }
  process.stdout.write(`${path}\n`);
  return ok(undefined);
}
