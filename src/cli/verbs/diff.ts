/** `aib diff A B`: what is different in two disk images, files or labels, structure by structure. Files need no project, no root, no other program. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import type { Label } from '../../engine/model/graph.ts';
import { diskDifferenceLines } from '../../report/tables/disk-difference-lines.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { type DiskDifference, imageDifference } from '../../verify/diff/disks.ts';
import { DamagedImage } from '../../verify/reading/random-access.ts';
import { buildFlow } from '../session/build-flow.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { oneNode } from '../words/targets.ts';

const FORMS = ['text', 'html', 'json'] as const;
type Form = (typeof FORMS)[number];

interface Telling {
  readonly form: Form;
  /** The file that it goes to, in place of standard output. */
  readonly to: string | undefined;
}

/** What the user calls it, and where it lies. */
interface Side {
  readonly word: string;
  readonly path: string;
}

export async function diffCommand(words: readonly string[], options: Options): Promise<number> {
  const [before, after] = words;
  if (before === undefined || after === undefined || words.length > 2) {
    const hint = 'aib diff old.qcow2 new.qcow2, or aib diff //aws/x86_64/uefi/tiny //nocloud/x86_64/uefi/tiny';
    return showFailure({ code: 'AIB_USAGE', what: 'aib diff wants two images', hint });
  }
  const form = formOf(options);
  if (!form.ok) return showFailure(form.error);
  const gone = [before, after].find(word => !word.startsWith('//') && !existsSync(word));
  if (gone !== undefined) {
    const hint = 'name a file, or a label, which begins with //';
    return showFailure({ code: 'AIB_USAGE', what: 'There is no such image', got: gone, hint });
  }
  // A label is what no file is called.
  if (!existsSync(before) || !existsSync(after)) return diffOfLabels([before, after], options, form.value);
  const told = await tellDifference(
    { word: before, path: before },
    { word: after, path: after },
    { form: form.value, to: options.to },
  );
  return told.ok ? told.value : showFailure(told.error);
}

function diffOfLabels(words: readonly [string, string], options: Options, form: Form): Promise<number> {
  return withSession(options, interruption(), async session => {
    const project = await session.project();
    if (!project.ok) return project;
    const labels = new Map<string, Label>();
    for (const word of words) {
      if (existsSync(word)) continue;
      const node = oneNode(word, project.value);
      if (!node.ok) return node;
      labels.set(word, node.value.label);
    }
    let exit: number = EXIT.done;
    const built = await buildFlow({
      workspace: session.workspace,
      signal: session.signal,
      labels: [...labels.values()],
      // What it takes to make them is no part of the answer.
      options: { ...options, quiet: true, json: false },
      after: async ({ outputs, store }) => {
        const side = (word: string): Side => {
          const label = labels.get(word);
          if (label === undefined) return { word, path: word };
          const [artifact] = Object.values(outputs.get(label) ?? {});
          if (artifact === undefined) throw internal(`${label} was built without an output`);
          return { word, path: store.blobs.path(artifact.digest) };
        };
        const told = await tellDifference(side(words[0]), side(words[1]), { form, to: options.to });
        if (!told.ok) return told;
        exit = told.value;
        return ok(undefined);
      },
    });
    if (!built.ok) return built;
    return ok(built.value.exit === EXIT.done ? exit : built.value.exit);
  });
}

/** The status to exit with. */
async function tellDifference(before: Side, after: Side, { form, to }: Telling): Promise<Result<number>> {
  const folder = [before, after].find(({ path }) => !statSync(path).isFile());
  if (folder !== undefined) return fail({ code: 'AIB_IMAGE_DAMAGED', what: 'This is no file', where: folder.word });
  try {
    const difference = await imageDifference(before.path, after.path);
    const lines = await linesOf(difference, form, [before.word, after.word]);
    const told = to === undefined ? ok(await printLines(lines)) : writeLines(to, lines);
    if (!told.ok) return told;
    return ok(difference.verdict === 'bit-identical' ? EXIT.done : EXIT.found);
  } catch (error) {
    if (!(error instanceof DamagedImage)) throw error;
    const where = [before, after].find(({ path }) => path === error.path)?.word ?? `${before.word} or ${after.word}`;
    return fail({ code: 'AIB_IMAGE_DAMAGED', what: 'This image cannot be read', where, got: error.message });
  }
}

/** As `--output` says, or else as the name of the file ends. */
function formOf({ output, to = '', json = false }: Options): Result<Form> {
  if (json && output === undefined) return ok('json');
  const name = output ?? (/\.html?$/i.test(to) ? 'html' : 'text');
  const form = FORMS.find(known => known === name);
  if (form !== undefined) return ok(form);
  const hint = `--output takes ${FORMS.join(', ')}`;
  return fail({ code: 'AIB_USAGE', what: 'There is no such form of a difference', got: name, hint });
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
