/** Locks the content of a small mirror, and builds its packages and its ISO, as a project would. */
import { join } from 'node:path';
import { withClosures } from '../../src/alpine/locking/closures.ts';
import type { Lock } from '../../src/alpine/locking/lock.ts';
import { updateLock } from '../../src/alpine/locking/update.ts';
import type { Mirror } from '../../src/alpine/mirror/mirror.ts';
import type { TrustRoot } from '../../src/alpine/package/keys.ts';
import type { ImageConfig } from '../../src/config/image/image-config.ts';
import { type BuildResult, build, type Target } from '../../src/engine/build/build.ts';
import type { Label } from '../../src/engine/model/graph.ts';
import { inProcessRunner } from '../../src/engine/run/in-process-runner.ts';
import { indexLabel } from '../../src/rules/labels.ts';
import { packageSet } from '../../src/rules/package-set.ts';
import { BUILTINS } from '../../src/rules/programs/builtin-table.ts';
import { fetchPrograms } from '../../src/rules/programs/fetch-table.ts';
import { type ImageGraph, makeImageGraph } from '../../src/rules/project/image-graph.ts';
import { lockedKeys, trustedSources } from '../../src/rules/repository-trust.ts';
import { variantRequest } from '../../src/rules/supply/closure-request.ts';
import { solveClosures } from '../../src/rules/supply/solve-closures.ts';
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

export interface LockedBefore {
  readonly config?: ImageConfig;
  readonly known?: Lock;
  /** Folders of key files. */
  readonly keyFolders?: readonly string[];
}

/** Locks as an update does: what cannot be read is not locked. */
export async function lockMirror(mirror: Mirror, before: LockedBefore = {}): Promise<Result<Lock>> {
  const locked = await lockPackages(mirror, before);
  return locked.ok ? ok({ ...locked.value, packages: {}, closures: {} }) : locked;
}

/** The same with the packages of the image. */
export async function lockPackages(
  mirror: Mirror,
  { config = CONFIG, known, keyFolders = [] }: LockedBefore = {},
): Promise<Result<Lock>> {
  const indexes = new Map<string, Uint8Array>();
  const { signal } = new AbortController();
  const set = packageSet(config);
  if (!set.ok) return set;
  const paths = [MAIN, ...set.value.repositories.map(({ path }) => path)];
  const keys = trustedSources([set.value]);
  if (!keys.ok) return keys;
  const lock = await updateLock({
    mirror,
    root: ROOT,
    versions: ['3.20'],
    architectures: ['x86_64'],
    today: '2025-01-01',
    wantedIndexes: () => ok([{ version: '3.20', arch: 'x86_64', paths: [...new Set(paths)] }]),
    wantedKeys: () => keys,
    keyFolders,
    known,
    onIndex: (path, content) => indexes.set(path, content),
    signal,
  });
  if (!lock.ok) return lock;
  const requests = [variantRequest('3.20/x86_64', set.value)];
  const solved = await solveClosures(
    {
      requests,
      readIndex: path => indexes.get(path),
      keys: ROOT.keys,
      foreignKeys: lockedKeys(keys.value.trusted, lock.value.repositoryKeys),
    },
    signal,
  );
  return solved.ok ? ok(withClosures(lock.value, solved.value.closures, 'add')) : solved;
}

/** A project with a graph; its sources are in `folder`. */
export function projectOf(
  lock: Lock,
  { folder, root = ROOT, configs = [CONFIG], unsolvable }: GraphPlace,
): ImageGraph & { readonly configs: readonly ImageConfig[] } {
  const made = makeImageGraph({
    configs,
    lock,
    ...(unsolvable === undefined ? {} : { unsolvable }),
    root,
    scriptFolders: [],
    workspace: join(folder, 'workspace'),
    home: join(folder, 'home'),
  });
  if (!made.ok) throw new Error(formatFailure(made.error));
  return { ...made.value, configs };
}

interface GraphPlace {
  readonly folder: string;
  readonly root?: TrustRoot;
  readonly configs?: readonly ImageConfig[];
  readonly unsolvable?: ReadonlyMap<string, Failure>;
}

export interface BuiltFromMirror {
  /** Labels that were built. */
  readonly made: readonly Label[];
  /** The failures of the others. */
  readonly failures: ReadonlyMap<Label, Failure>;
}

/**
 * In `folder`, `store` is the store, and `workspace` and `home` are the folders of sources. Builds the one variant of these tests, or other
 * variants; of these only the packages are built.
 */
export async function buildFromMirror(
  mirror: Mirror,
  lock: Lock,
  folder: string,
  { root = ROOT, configs = [CONFIG] }: { readonly root?: TrustRoot; readonly configs?: readonly ImageConfig[] } = {},
): Promise<BuiltFromMirror> {
  const packages = configs.map(({ variant }) => `${variant.name}:packages` as Label);
  const opened = openStore(join(folder, 'store'), { now: Date.now, onNotice: () => {} });
  if (!opened.ok) throw new Error(formatFailure(opened.error));
  const store = opened.value;
  const { signal } = new AbortController();
  const make = (graph: ImageGraph, targets: readonly Target[]): Promise<BuildResult> =>
    build({
      graph: graph.graph,
      targets,
      store,
      runners: { fetch: inProcessRunner(store, fetchPrograms(mirror)), builtin: inProcessRunner(store, BUILTINS) },
      capacity: { cpu: 2, network: 4 },
      onFailure: 'keep-going',
      signal,
      emit: () => {},
      run: store.history.begin('test', Date.now()),
    });
  try {
    const unlocked = projectOf(lock, { folder, root, configs });
    const requests = packages.flatMap(label => unlocked.unanswered.get(label) ?? []);
    const paths = new Set(requests.flatMap(({ wishes }) => wishes.repositories.map(({ path }) => path)));
    const labels = [...paths].map(path => [path, indexLabel(path)] as const);
    const read = await make(
      unlocked,
      labels.map(([, label]) => ({ label, outputs: ['index'] })),
    );
    if (read.failures.size > 0 || requests.length === 0) return { made: [], failures: read.failures };
    const indexes = new Map<string, Uint8Array>();
    for (const [path, label] of labels) {
      const index = read.outputs.get(label)?.index;
      if (index !== undefined) indexes.set(path, await store.blobs.read(index.digest));
    }
    const { foreignKeys } = unlocked;
    const solved = await solveClosures(
      { requests, readIndex: path => indexes.get(path), keys: root.keys, foreignKeys },
      signal,
    );
    if (!solved.ok) throw new Error(formatFailure(solved.error));
    const { closures, failures: unsolvable } = solved.value;
    const result = await make(projectOf(withClosures(lock, closures, 'add'), { folder, root, configs, unsolvable }), [
      ...packages.map(label => ({ label, outputs: ['packages'] })),
      { label: ISO_NODE, outputs: ['kernel'] },
    ]);
    return { made: [...result.outputs.keys()], failures: result.failures };
  } finally {
    store.close();
  }
}
