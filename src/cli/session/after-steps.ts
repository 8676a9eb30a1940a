/**
 * The steps after the actions of a build, one by one, while the store is still locked. Their order matters: later steps
 * receive the files that earlier steps wrote outside of the store, and the snapshot must contain all of them.
 */
import { existsSync } from 'node:fs';
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
import { reportPath } from './run-report.ts';
import { saveSnapshot } from './save-snapshot.ts';

export interface EndedBuild {
  readonly options: Options;
  readonly signal: AbortSignal;
  /** The key of the snapshot; undefined for a verb that reads no snapshot. */
  readonly command: readonly string[] | undefined;
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  /** Size limit of the store in bytes. */
  readonly cacheLimit: number;
  readonly store: Store;
  readonly project: Project;
  readonly targets: readonly Target[];
  readonly selected: readonly Selected[];
  readonly run: number;
  readonly result: BuildResult;
}

/** What the steps wrote so far. */
export interface Made {
  /** Files written outside of the blobs, with their state right after the write. */
  readonly files: ReadonlyMap<string, StatTuple>;
  readonly images: readonly LinkedImage[];
}

/** Returns what it adds to `made`; a step without work returns nothing. */
type AfterStep = (build: EndedBuild, made: Made) => Promise<Result<Partial<Made>>>;

const AFTER_STEPS: readonly AfterStep[] = [makeLinks, printImages, tellOfEdits, rememberState, collectGarbage];

/** Ends at the first step that fails. */
export async function takeAfterSteps(build: EndedBuild): Promise<Result<Made>> {
  // Also for a run that was interrupted.
  await keepRun(build.store, build.run);
  tellOfReport(build);
  if (build.result.ran > 0) keepFacts(build);
  let made: Made = { files: new Map(), images: [] };
  for (const step of AFTER_STEPS) {
    // After an interruption the remaining steps are skipped; the next build runs them.
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

/** A failure is easier to understand with all of the run on one page. */
function tellOfReport({ store, run, result, options }: EndedBuild): void {
  const path = reportPath(store, run);
  const isWanted = result.status === 'failed' ? options.quiet !== true : options.verbose === true;
  if (isWanted && options.json !== true && existsSync(path)) notice(`report: ${path}`);
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
  for (const [path] of moved) notice(`${path} changed during the build: build again to include the change`);
  return ok({});
}

/** Saves the state for the next run of the same command, which may have nothing to do. */
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

/** The running program is part of the state, because another version of aib may produce another result. */
function ownProgram(): readonly (readonly [string, StatTuple])[] {
  const program = process.argv[1];
  return program === undefined ? [] : [[program, statTuple(program)]];
}
