/**
 * `aib diff A B`: compares two disk images, files or labels, structure by structure. For files it requires no project, no root and no other
 * program.
 */
import { writeFileSync } from 'node:fs';
import { diskDifferenceLines } from '../../report/tables/disk-difference-lines.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { type DiskDifference, imageDifference } from '../../verify/diff/disks.ts';
import { withImageFiles } from '../session/image-files.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import type { Options } from '../words/options.ts';
import { VERBS } from '../words/verb-table.ts';

const FORMS = VERBS.diff.means.output.values;
type Form = (typeof FORMS)[number];

export async function diffCommand(words: readonly string[], options: Options): Promise<number> {
  const [before, after] = words;
  if (before === undefined || after === undefined || words.length > 2) {
    const hint = 'aib diff old.qcow2 new.qcow2, or aib diff //aws/x86_64/uefi/tiny //nocloud/x86_64/uefi/tiny';
    return showFailure({ code: 'AIB_USAGE', what: 'aib diff requires two images', hint });
  }
  const form = formOf(options);
  if (!form.ok) return showFailure(form.error);
  return withImageFiles(words, options, async images => {
    const [one, two] = images.map(({ path }) => path) as [string, string];
    const difference = await imageDifference(one, two);
    const lines = await linesOf(difference, form.value, [before, after]);
    const written = options.to === undefined ? ok(await printLines(lines)) : writeLines(options.to, lines);
    if (!written.ok) return written;
    return ok(difference.verdict === 'bit-identical' ? EXIT.done : EXIT.found);
  });
}

/** From `--output`, or else from the end of the file name. */
function formOf({ output, to = '', json = false }: Options): Result<Form> {
  if (json && output === undefined) return ok('json');
  const name = output ?? (/\.html?$/i.test(to) ? 'html' : 'text');
  const form = FORMS.find(known => known === name);
  if (form !== undefined) return ok(form);
  const hint = `use one of ${FORMS.join(', ')}`;
  return fail({ code: 'AIB_USAGE', what: 'Unknown --output form', got: name, hint });
}

async function linesOf(
  difference: DiskDifference,
  form: Form,
  names: readonly [string, string],
): Promise<Iterable<string>> {
  switch (form) {
    case 'json':
      return [JSON.stringify(difference)];
    case 'text':
      return diskDifferenceLines(difference);
    case 'html': {
      const { differencePage } = await import('../../report/difference/difference-page.ts');
      return differencePage(difference, names);
    }
    default:
      return form satisfies never;
  }
}

function writeLines(path: string, lines: Iterable<string>): Result<void> {
  try {
    writeFileSync(path, `${[...lines].join('\n')}\n`);
    return ok(undefined);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return fail({ code: 'AIB_CANNOT_WRITE', what: 'The difference cannot be written', where: path, got });
  }
}
