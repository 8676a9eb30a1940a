/** `aib query EXPRESSION`: queries the graph. Builds nothing, waits for no other aib, and reads the mirror only if there is no lock yet. */
import { existsSync } from 'node:fs';
import { isOutputName, OUTPUTS, type OutputName } from '../../query/graph/answer-forms.ts';
import { draw, isPictureForm, PICTURE_FORMS, type PictureForm } from '../../report/graph/pictures.ts';
import { columns } from '../../report/text/columns.ts';
import type { Store } from '../../store/store.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { endsAtOnce } from '../session/interruption.ts';
import { EXIT } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { type Answered, queryGraph } from '../session/query-session.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export function queryCommand(words: readonly string[], options: Options): Promise<number> {
  return withSession(options, endsAtOnce(), async session => {
    const output = outputOf(options);
    if (!output.ok) return output;
    const text = words.join(' ');
    const answered = await queryGraph(text, session, {
      state: options.state === true,
      store: output.value === 'files' || output.value === 'html',
    });
    if (!answered.ok) return answered;
    const lines = await linesOf(output.value, text, answered.value, options);
    if (!lines.ok) return lines;
    await printLines(lines.value);
    return ok(EXIT.done);
  });
}

function outputOf(options: Options): Result<OutputName | PictureForm> {
  const name = options.output ?? (options.json === true ? 'json' : 'label');
  if (isOutputName(name) || isPictureForm(name)) return ok(name);
  return fail({
    code: 'AIB_USAGE',
    what: `Unknown --output form: ${name}`,
    hint: `write --output ${[...Object.keys(OUTPUTS), ...PICTURE_FORMS].join(' | ')}`,
  });
}

async function linesOf(
  output: OutputName | PictureForm,
  title: string,
  { world, nodes, store }: Answered,
  options: Options,
): Promise<Result<Iterable<string>>> {
  if (isPictureForm(output)) {
    const by = options.by ?? [];
    // --by keeps some nodes apart, so the others are drawn together.
    const factored = options.factored ?? by.length > 0;
    const madeBy = (label: string) => store?.records.latest(label)?.outputs ?? {};
    return draw(output, { world, nodes, title, factored, by, madeBy });
  }
  const answer = OUTPUTS[output]({
    world,
    nodes,
    filesOf: label => (store === undefined ? [] : filesOf(store, label)),
  });
  return ok(answer.type === 'lines' ? answer.lines : columns(answer.rows));
}

function filesOf({ records, blobs }: Store, label: string): readonly string[] {
  return Object.values(records.latest(label)?.outputs ?? {}).flatMap(({ type, digest }) => {
    const path = blobs.path(digest);
    return type === 'file' && existsSync(path) ? [path] : [];
  });
}
