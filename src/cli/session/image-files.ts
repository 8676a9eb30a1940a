/** Resolves images, named as files or labels, to files. Labels are built first. Files alone require no project. */
import { existsSync, statSync } from 'node:fs';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { Label } from '../../engine/model/graph.ts';
import { variantOf } from '../../rules/labels.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { DamagedImage } from '../../verify/reading/random-access.ts';
import type { Options } from '../words/options.ts';
import { oneNode } from '../words/targets.ts';
import { type BuiltProject, buildFlow } from './build-flow.ts';
import { interruption } from './interruption.ts';
import { EXIT, showFailure } from './messages.ts';
import { withSession } from './session.ts';

/** The word that the user typed, and the path of the file. */
interface ImageFile {
  readonly word: string;
  readonly path: string;
  /** Present for the label of a variant. */
  readonly config?: ImageConfig;
}

/** Returns the exit status. */
type Work = (images: readonly ImageFile[]) => Promise<Result<number>>;

export async function withImageFiles(words: readonly string[], options: Options, work: Work): Promise<number> {
  const gone = words.find(word => !word.startsWith('//') && !existsSync(word));
  if (gone !== undefined) {
    const hint = 'name a file, or a label, which starts with //';
    return showFailure({ code: 'AIB_USAGE', what: 'Image not found', got: gone, hint });
  }
  // A word that is not an existing file is a label.
  if (!words.every(word => existsSync(word))) return withLabels(words, options, work);
  const done = await read(
    words.map(word => ({ word, path: word })),
    work,
  );
  return done.ok ? done.value : showFailure(done.error);
}

function withLabels(words: readonly string[], options: Options, work: Work): Promise<number> {
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
      // Progress of the build is not part of the answer.
      options: { ...options, quiet: true, json: false },
      after: async made => {
        const done = await read(
          words.map(word => imageFile(word, labels.get(word), made)),
          work,
        );
        if (!done.ok) return done;
        exit = done.value;
        return ok(undefined);
      },
    });
    if (!built.ok) return built;
    return ok(built.value.exit === EXIT.done ? exit : built.value.exit);
  });
}

function imageFile(word: string, label: Label | undefined, { outputs, store, project }: BuiltProject): ImageFile {
  if (label === undefined) return { word, path: word };
  const [artifact] = Object.values(outputs.get(label) ?? {});
  if (artifact === undefined) throw internal(`${label} was built without an output`);
  const config = project.configs.find(({ variant }) => variant.name === variantOf(label));
  return { word, path: store.blobs.path(artifact.digest), ...(config === undefined ? {} : { config }) };
}

async function read(images: readonly ImageFile[], work: Work): Promise<Result<number>> {
  const folder = images.find(({ path }) => !statSync(path).isFile());
  if (folder !== undefined)
    return fail({ code: 'AIB_IMAGE_DAMAGED', what: 'The image is not a file', where: folder.word });
  try {
    return await work(images);
  } catch (error) {
    if (!(error instanceof DamagedImage)) throw error;
    const where = images.find(({ path }) => path === error.path)?.word ?? images.map(({ word }) => word).join(' or ');
    return fail({ code: 'AIB_IMAGE_DAMAGED', what: 'The image cannot be read', where, got: error.message });
  }
}
