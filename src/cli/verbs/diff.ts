/** `aib diff A B`: what is different in two disk images, files or labels, structure by structure. Files need no project, no root, no other program. */
import { existsSync, statSync } from 'node:fs';
import type { Label } from '../../engine/model/graph.ts';
import { diskDifferenceLines } from '../../report/tables/disk-difference-lines.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { imageDifference } from '../../verify/diff/disks.ts';
import { DamagedImage } from '../../verify/reading/random-access.ts';
import { buildFlow } from '../session/build-flow.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { oneNode } from '../words/targets.ts';

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
  const gone = [before, after].find(word => !word.startsWith('//') && !existsSync(word));
  if (gone !== undefined) {
    const hint = 'name a file, or a label, which begins with //';
    return showFailure({ code: 'AIB_USAGE', what: 'There is no such image', got: gone, hint });
  }
  // A label is what no file is called.
  if (!existsSync(before) || !existsSync(after)) return diffOfLabels([before, after], options);
  const told = await tellDifference({ word: before, path: before }, { word: after, path: after }, options);
  return told.ok ? told.value : showFailure(told.error);
}

function diffOfLabels(words: readonly [string, string], options: Options): Promise<number> {
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
        const told = await tellDifference(side(words[0]), side(words[1]), options);
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
async function tellDifference(before: Side, after: Side, { json = false }: Options): Promise<Result<number>> {
  const folder = [before, after].find(({ path }) => !statSync(path).isFile());
  if (folder !== undefined) return fail({ code: 'AIB_IMAGE_DAMAGED', what: 'This is no file', where: folder.word });
  try {
    const difference = await imageDifference(before.path, after.path);
    await printLines(json ? [JSON.stringify(difference)] : diskDifferenceLines(difference));
    return ok(difference.verdict === 'bit-identical' ? EXIT.done : EXIT.found);
  } catch (error) {
    if (!(error instanceof DamagedImage)) throw error;
    const where = [before, after].find(({ path }) => path === error.path)?.word ?? `${before.word} or ${after.word}`;
    return fail({ code: 'AIB_IMAGE_DAMAGED', what: 'This image cannot be read', where, got: error.message });
  }
}
