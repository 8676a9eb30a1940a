/** Locks what a small mirror serves, and builds its packages and its ISO, as a project would. */
import { join } from 'node:path';
import type { Lock } from '../../src/alpine/locking/lock.ts';
import { updateLock } from '../../src/alpine/locking/update.ts';
import type { Mirror } from '../../src/alpine/mirror/mirror.ts';
import type { TrustRoot } from '../../src/alpine/package/keys.ts';
import { build } from '../../src/engine/build/build.ts';
import type { Label } from '../../src/engine/model/graph.ts';
import { inProcessRunner } from '../../src/engine/run/in-process-runner.ts';
import { fetchPrograms } from '../../src/rules/programs/fetch-table.ts';
import { makeImageGraph } from '../../src/rules/project/image-graph.ts';
import { testConfig } from '../../src/rules/test-config.ts';
import { openStore } from '../../src/store/store.ts';
import { type Failure, formatFailure } from '../../src/util/failure.ts';
import { ok, type Result } from '../../src/util/result.ts';
import { MAIN, ROOT } from './honest-mirror.ts';

const CONFIG = testConfig(`
  repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true }
  packages { app = true }`);
export const PACKAGES = `${CONFIG.variant.name}:packages` as Label;
export const ISO_NODE = '//iso/3.20/x86_64' as Label;

export function lockMirror(mirror: Mirror): Promise<Result<Lock>> {
  return updateLock({
    mirror,
    root: ROOT,
    versions: ['3.20'],
    architectures: ['x86_64'],
    today: '2025-01-01',
    wantedIndexes: () => ok([{ version: '3.20', arch: 'x86_64', paths: [MAIN] }]),
    signal: new AbortController().signal,
  });
}

export interface BuiltFromMirror {
  /** Labels that were made. */
  readonly made: readonly Label[];
  /** Of the others. */
  readonly failures: ReadonlyMap<Label, Failure>;
}

/** In `folder`: `store` is the store, `workspace` and `home` are where sources are looked for. */
export async function buildFromMirror(
  mirror: Mirror,
  lock: Lock,
  folder: string,
  root: TrustRoot = ROOT,
): Promise<BuiltFromMirror> {
  const graph = makeImageGraph({
    configs: [CONFIG],
    lock,
    root,
    scriptFolders: [],
    workspace: join(folder, 'workspace'),
    home: join(folder, 'home'),
  });
  if (!graph.ok) throw new Error(formatFailure(graph.error));
  const opened = openStore(join(folder, 'store'), { now: Date.now, onNotice: () => {} });
  if (!opened.ok) throw new Error(formatFailure(opened.error));
  const store = opened.value;
  try {
    const result = await build({
      graph: graph.value,
      targets: [
        { label: PACKAGES, outputs: ['packages'] },
        { label: ISO_NODE, outputs: ['kernel'] },
      ],
      store,
      runners: { fetch: inProcessRunner(store, fetchPrograms(mirror)) },
      capacity: { cpu: 2, network: 4 },
      onFailure: 'keep-going',
      signal: new AbortController().signal,
      emit: () => {},
      run: store.history.begin('test', Date.now()),
    });
    return { made: [...result.outputs.keys()], failures: result.failures };
  } finally {
    store.close();
  }
}
