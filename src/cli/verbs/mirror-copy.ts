/**
 * `aib mirror copy DIR LABEL…`: copies the locked files of labels into a new mirror. Builds no image, and does not fetch files that are
 * there already.
 */
import { resolve } from 'node:path';
import { openCopy } from '../../alpine/mirror/copy-folder.ts';
import { folderFirst } from '../../alpine/mirror/folder-first.ts';
import type { Emit } from '../../engine/model/events.ts';
import { reachable } from '../../engine/model/graph.ts';
import { count } from '../../report/text/count.ts';
import { copyContents, firmwareFor } from '../../rules/copy/copy-contents.ts';
import { type Amount, type Copied, copyMirror } from '../../rules/copy/copy-mirror.ts';
import { formatBytes } from '../../util/bytes.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { collectAfterBuild } from '../session/collect-after-build.ts';
import { interruption } from '../session/interruption.ts';
import { keepRun } from '../session/keep-run.ts';
import { lockTargets } from '../session/lock-targets.ts';
import { machineCapacity } from '../session/machine-capacity.ts';
import { EXIT, notice } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { runnersFor } from '../session/runners.ts';
import { type Session, withSession } from '../session/session.ts';
import { cacheLimit } from '../words/cache-limit.ts';
import type { Options } from '../words/options.ts';
import { chooseTargets, targetOf } from '../words/targets.ts';

export function copyCommand(place: string, words: readonly string[], options: Options): Promise<number> {
  const { json = false, ...others } = options;
  // With --json the answer is one object, so progress is printed as text.
  return withSession(others, interruption(), session => copy(session, resolve(place), words, json));
}

async function copy(session: Session, place: string, words: readonly string[], json: boolean): Promise<Result<number>> {
  const { workspace, options, signal } = session;
  const limit = cacheLimit(workspace, options);
  if (!limit.ok) return limit;
  const reporter = session.reporter();
  const emit: Emit = event => reporter.emit(event);
  const opened = await session.storeToWrite(other => emit({ type: 'waiting', ...other }));
  if (!opened.ok) return opened;
  const store = opened.value;
  const loaded = await session.project();
  if (!loaded.ok) return loaded;
  const { root, mirror, graph } = loaded.value;
  const folder = openCopy(place, { isSample: root.name === 'sample' });
  if (!folder.ok) return folder;
  const chosen = chooseTargets(words, loaded.value);
  if (!chosen.ok) return chosen;
  for (const line of chosen.value.notices) notice(line);
  const targets = chosen.value.targets.map(({ label }) => label);
  const firmware = firmwareFor(graph, reachable(graph, targets));

  const runners = runnersFor(session, store, folderFirst(mirror, place));
  const all = [...targets, ...firmware].flatMap(label => graph.nodes.get(label) ?? []).map(targetOf);
  const answered = await lockTargets(loaded.value, all, { session, store, runners, emit });
  if (!answered.ok) return answered;
  const project = answered.value;
  const contents = copyContents(project, targets, firmware);
  if (!contents.ok) return contents;
  for (const { what } of contents.value.unbootable)
    notice(`all images can be built from ${place}, but not all can be booted: ${what}`);
  const { packages, indexes, isos, foreign } = contents.value;
  for (const repository of foreign)
    notice(
      `${repository} is not copied, because no mirror replaces it: it must be available at the address in the configuration`,
    );
  const files = [...packages, ...indexes, ...isos];
  if (files.length === 0) {
    const what = 'The labels use no file of a mirror';
    return fail({ code: 'AIB_USAGE', what, got: words.join(' '), hint: 'name images' });
  }
  const quiet = options.quiet === true;
  const tell = quiet ? () => {} : notice;
  const counts = [
    count(packages.length, 'package'),
    count(isos.length, 'ISO'),
    indexes.length === 1 ? '1 package index' : `${indexes.length} package indexes`,
  ];
  tell(`${counts.join(', ')} for ${place}: ${formatBytes(files.reduce((sum, { size }) => sum + size, 0))}`);

  const copied = await copyMirror({
    ...{ graph: project.graph, lock: project.lock, root, mirror, store, runners, signal, emit },
    contents: contents.value,
    folder: folder.value,
    capacity: machineCapacity(undefined),
    prune: options.prune === true,
    command: process.argv.slice(2).join(' '),
    onNotice: tell,
  });
  reporter.close();
  if (!copied.ok) return copied;
  const { status, runs, ran } = copied.value;
  for (const run of runs) await keepRun(store, run);
  if (status !== 'done') return ok(status === 'interrupted' ? EXIT.interrupted : EXIT.failed);
  if (ran > 0) await collectAfterBuild(store, limit.value, tell);
  await say(copied.value.copied, { place, json, quiet, prune: options.prune === true });
  return ok(EXIT.done);
}

interface Saying {
  readonly place: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly prune: boolean;
}

async function say(copied: Copied, { place, json, quiet, prune }: Saying): Promise<void> {
  const { all, fresh, damaged, leftOut, stale } = copied;
  for (const path of damaged) notice(`${path} was damaged in ${place} and is replaced`);
  for (const path of leftOut) {
    notice(
      `${path} is left out, because the locked version is no longer available: the locked packages can be built from ${place}, but no other packages can be selected`,
    );
  }
  if (json) {
    const answer = { folder: place, ...all, fresh, damaged, leftOut, stale: { ...stale, removed: prune } };
    await printLines([JSON.stringify(answer)]);
    return;
  }
  if (quiet) return;
  notice(`${amount(all)} in ${place}: ${fresh.files === 0 ? 'all were there already' : `${amount(fresh)} new`}`);
  if (stale.files > 0) {
    const end = prune ? 'removed' : 'kept; --prune removes them';
    notice(`${amount(stale)} of earlier copies, no longer in the lock: ${end}`);
  }
  await printLines([place]);
}

function amount({ files, bytes }: Amount): string {
  return `${count(files, 'file')}, ${formatBytes(bytes)}`;
}
