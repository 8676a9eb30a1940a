/** Copies a small mirror into a folder as `aib mirror copy` does, for mirrors that the command line does not trust. */
import { join } from 'node:path';
import type { Lock } from '../../src/alpine/locking/lock.ts';
import { openCopy } from '../../src/alpine/mirror/copy-folder.ts';
import { folderFirst } from '../../src/alpine/mirror/folder-first.ts';
import type { Mirror } from '../../src/alpine/mirror/mirror.ts';
import type { TrustRoot } from '../../src/alpine/package/keys.ts';
import type { BuildEvent } from '../../src/engine/model/events.ts';
import type { Label } from '../../src/engine/model/graph.ts';
import { inProcessRunner } from '../../src/engine/run/in-process-runner.ts';
import { copyContents } from '../../src/rules/copy/copy-contents.ts';
import { type CopyOutcome, copyMirror } from '../../src/rules/copy/copy-mirror.ts';
import { BUILTINS } from '../../src/rules/programs/builtin-table.ts';
import { fetchPrograms } from '../../src/rules/programs/fetch-table.ts';
import { openStore } from '../../src/store/store.ts';
import type { Result } from '../../src/util/result.ts';
import { ISO_NODE, PACKAGES, projectOf } from './build-from-mirror.ts';
import { ROOT } from './honest-mirror.ts';

export interface CopyHow {
  readonly root?: TrustRoot;
  /** Default: the packages of the image, and the ISO. */
  readonly targets?: readonly Label[];
  readonly prune?: boolean;
  readonly signal?: AbortSignal;
  /** Default: `copy` in the folder. */
  readonly place?: string;
  readonly emit?: (event: BuildEvent) => void;
  readonly onNotice?: (line: string) => void;
  readonly now?: () => number;
}

/** The store is `store` in the folder. */
export async function copyFromMirror(
  mirror: Mirror,
  lock: Lock,
  folder: string,
  how: CopyHow = {},
): Promise<Result<CopyOutcome>> {
  const { root = ROOT, targets = [PACKAGES, ISO_NODE], prune = false } = how;
  const { signal = new AbortController().signal } = how;
  const { place = join(folder, 'copy'), emit = () => {}, onNotice = () => {}, now = Date.now } = how;
  const project = projectOf(lock, { folder, root });
  const contents = copyContents(project, targets, []);
  if (!contents.ok) return contents;
  const opened = openCopy(place, { isSample: root.name === 'sample' });
  if (!opened.ok) return opened;
  const store = openStore(join(folder, 'store'), { now, onNotice: () => {} });
  if (!store.ok) return store;
  try {
    const programs = fetchPrograms(folderFirst(mirror, place));
    return await copyMirror({
      ...{ graph: project.graph, lock, root, mirror, prune, signal, emit, onNotice },
      contents: contents.value,
      folder: opened.value,
      store: store.value,
      runners: { fetch: inProcessRunner(store.value, programs), builtin: inProcessRunner(store.value, BUILTINS) },
      capacity: { cpu: 2, network: 4 },
      command: 'copy',
    });
  } finally {
    store.value.close();
  }
}
