/**
 * What is done when the actions of a build have ended, with the store still held: one step after the other. The order
 * counts: what a step writes outside of the store is known to those after it, and the snapshot has to know all of it.
 */
import { provenanceWriter } from '../../attest/provenance/provenance.ts';
import type { Selected } from '../../config/tree/label.ts';
import type { BuildResult, Target } from '../../engine/build/build.ts';
import { type LinkedImage, linkImages } from '../../rules/project/image-links.ts';
import type { Project } from '../../rules/project/project.ts';
import { type StatTuple, statTuple } from '../../store/content/stat-tuple.ts';
import type { Store } from '../../store/store.ts';
import { ok, type Result } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { keepFacts, keepRun } from './keep-run.ts';
import { notice } from './messages.ts';
import { saveSnapshot } from './save-snapshot.ts';

export interface EndedBuild {
  readonly options: Options;
  readonly signal: AbortSignal;
  /** What the snapshot is kept under; undefined for a verb that never asks for one. */
  readonly command: readonly string[] | undefined;
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  /** Bytes that the store may hold. */
  readonly cacheLimit: number;
  readonly store: Store;
  readonly project: Project;
  readonly targets: readonly Target[];
  readonly selected: readonly Selected[];
  readonly run: number;
  readonly result: BuildResult;
}

/** What the steps made so far. */
export interface Made {
  /** Written outside of the blobs, as it was right after. */
  readonly files: ReadonlyMap<string, StatTuple>;
  readonly images: readonly LinkedImage[];
}

/** Gives what it adds to what was made. A step that has no work gives nothing. */
type AfterStep = (build: EndedBuild, made: Made) => Promise<Result<Partial<Made>>>;

const AFTER_STEPS: readonly AfterStep[] = [makeLinks, printImages, tellOfEdits, rememberState, collectGarbage];

/** Ends at the first step that fails. */
export async function takeAfterSteps(build: EndedBuild): Promise<Result<Made>> {
  // Of a run that was stopped, too.
  await keepRun(build.store, build.run);
  if (build.result.ran > 0) keepFacts(build);
  let made: Made = { files: new Map(), images: [] };
  for (const step of AFTER_STEPS) {
    // Whoever wants to stop does not want to wait; what is left out here the next build does.
    if (build.signal.aborted) break;
    const more = await step(build, made);
    if (!more.ok) return more;
    made = {
      files: new Map([...made.files, ...(more.value.files ?? [])]),
      images: more.value.images ?? made.images,
    };
  }
  return ok(made);
}

async function makeLinks(build: EndedBuild): Promise<Result<Partial<Made>>> {
  const { project, store, selected, result, options, signal } = build;
  const variants = [...new Set(selected.map(({ variant }) => variant.name))];
  const images = await linkImages({
    project,
    store,
    outputs: result.outputs,
    variants,
    signal,
    provenance: provenanceWriter(project.graph, result.outputs, store),
    copyTo: options.output,
  });
  if (!images.ok) return images;
  return ok({ images: images.value, files: new Map(images.value.flatMap(({ files }) => [...files])) });
}

async function printImages({ options }: EndedBuild, { images }: Made): Promise<Result<Partial<Made>>> {
  if (options.json === true || options.quiet === true) return ok({});
  for (const { image } of images) process.stdout.write(`${image}\n`);
  return ok({});
}

async function tellOfEdits({ project }: EndedBuild, { files }: Made): Promise<Result<Partial<Made>>> {
  const moved = [...project.files].filter(([path, tuple]) => !files.has(path) && statTuple(path) !== tuple);
  for (const [path] of moved) notice(`${path} changed while this ran: build again to have it`);
  return ok({});
}

/** For the next run of the same command, which may have nothing to do. */
async function rememberState(build: EndedBuild, { files, images }: Made): Promise<Result<Partial<Made>>> {
  const { store, command, at, targets, project, result } = build;
  if (command === undefined || result.status !== 'done' || result.edited.length > 0) return ok({});
  const configuration = new Map([...project.files, ...ownProgram()]);
  const summary = { nodes: result.outputs.size, lines: images.map(({ image }) => image) };
  await saveSnapshot({ store, command, at, targets, outputs: result.outputs, configuration, made: files, summary });
  return ok({});
}

async function collectGarbage({ store, cacheLimit, options, result }: EndedBuild): Promise<Result<Partial<Made>>> {
  if (result.ran === 0) return ok({});
  const { collectAfterBuild } = await import('./collect-after-build.ts');
  await collectAfterBuild(store, cacheLimit, options.quiet === true ? () => {} : notice);
  return ok({});
}

/** What runs here: another aib may come to another result. */
function ownProgram(): readonly (readonly [string, StatTuple])[] {
  const program = process.argv[1];
  return program === undefined ? [] : [[program, statTuple(program)]];
}
