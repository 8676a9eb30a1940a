/**
 * Copies a part of a mirror into a folder. Packages and indexes come from the store, where they are fetched as in a build; an ISO comes
 * directly from the mirror, because the store has only parts of it. Never gives a file its name before it is verified as in a build.
 */
import { createReadStream } from 'node:fs';
import type { Lock } from '../../alpine/locking/lock.ts';
import type { CopyFolder } from '../../alpine/mirror/copy-folder.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { SAMPLE_PATH } from '../../alpine/mirror/mirror-layout.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { digestOf } from '../../store/content/digest.ts';
import { formatBytes } from '../../util/bytes.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { isStop } from '../../util/stop.ts';
import { checkIso, type WantedIso } from '../kinds/iso.ts';
import { type BringRequest, type Brought, type BroughtFile, bringToStore } from './bring-to-store.ts';
import { lockedPaths } from './copy-contents.ts';

export interface CopyRequest extends BringRequest {
  readonly lock: Lock;
  readonly root: TrustRoot;
  readonly folder: CopyFolder;
  /** The source of ISOs. */
  readonly mirror: Mirror;
  /** Whether to remove files of earlier copies that the lock no longer names. */
  readonly prune: boolean;
  /** Called from time to time with the progress. */
  readonly onNotice: (line: string) => void;
}

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

export interface Copied {
  /** All files that the targets need; they are all in the folder. */
  readonly all: Amount;
  /** The files of `all` that are new in the folder. */
  readonly fresh: Amount;
  /** Paths of existing files that differed from the list. */
  readonly damaged: readonly string[];
  /** Paths of indexes that the mirror no longer has in the locked version. */
  readonly leftOut: readonly string[];
  /** Files of earlier copies that the lock no longer names; removed if requested. */
  readonly stale: Amount;
}

/** The reporter has already printed failures of the store's actions. */
export type CopyOutcome = Pick<Brought, 'runs' | 'ran'> &
  (
    | { readonly status: 'done'; readonly copied: Copied }
    | { readonly status: Exclude<Brought['status'], 'done'>; readonly copied?: never }
  );

/** A file, and how to write it to the folder. */
interface Wanted extends BroughtFile {
  readonly bring: (onProgress: (received: number) => void) => Promise<Result<unknown>>;
}

export async function copyMirror(request: CopyRequest): Promise<Result<CopyOutcome>> {
  const { signal, folder } = request;
  try {
    const brought = await bringToStore(request);
    if (!brought.ok) return brought;
    const { status, files, leftOut, runs, ran } = brought.value;
    if (status !== 'done') return ok({ status, runs, ran });
    const wanted = [
      ...sampleMark(request),
      ...files.map(file => storedFile(file, request)),
      ...request.contents.isos.map(iso => isoFile(iso, request)),
    ];
    const placed = await placeAll(wanted, request);
    if (!placed.ok) return placed;
    const stale = await staleFiles(request);
    if (!stale.ok) return stale;
    return ok({ status, runs, ran, copied: { ...placed.value, leftOut, stale: stale.value } });
  } catch (error) {
    if (!isStop(error, signal)) throw error;
    return fail({ code: 'AIB_CANCELLED', what: 'The copy was interrupted', where: folder.folder });
  }
}

function storedFile({ path, digest }: BroughtFile, { folder, store, signal }: CopyRequest): Wanted {
  const stream = () => createReadStream(store.blobs.path(digest), { highWaterMark: 1 << 20 });
  return { path, digest, bring: () => folder.place(path, digest, stream(), signal) };
}

/** Verified as in the action of its node, before it gets its name; an interrupted transfer is resumed. */
function isoFile(iso: WantedIso, { folder, mirror, root, lock, signal }: CopyRequest): Wanted {
  const { path, size, sha256 } = iso;
  const { armored = lock.releaseKey ?? '' } = root.releaseSigner;
  const accept = (part: string, where: string) => checkIso(part, iso, armored, where);
  return {
    path,
    digest: { hash: sha256, size },
    bring: async onProgress => {
      const expect = { size, sha256 };
      const fetched = await mirror.fetchTo(path, folder.locate(path), { signal, expect, accept, onProgress });
      // A transfer returns its own failure when it is stopped.
      if (!fetched.ok) signal.throwIfAborted();
      return fetched;
    },
  };
}

/** Marks the copy as a sample, so that it is trusted as one, but not as a whole sample mirror. */
function sampleMark({ root, folder, signal }: CopyRequest): readonly Wanted[] {
  if (root.name !== 'sample') return [];
  const about = "copied from aib's sample mirror, of which it is a part: what is built from it is not Alpine";
  const text = `${JSON.stringify({ about }, undefined, 2)}\n`;
  const digest = digestOf(text);
  return [{ path: SAMPLE_PATH, digest, bring: () => folder.place(SAMPLE_PATH, digest, [Buffer.from(text)], signal) }];
}

async function placeAll(
  wanted: readonly Wanted[],
  { folder, signal, store, onNotice }: CopyRequest,
): Promise<Result<Pick<Copied, 'all' | 'fresh' | 'damaged'>>> {
  const before = folder.listed;
  const announced = await folder.announce(new Map(wanted.map(({ path, digest }) => [path, digest.hash])));
  if (!announced.ok) return announced;
  const all = sum(wanted.map(({ digest }) => digest.size));
  const tell = paced(store.now, (files, bytes) => {
    onNotice(`${files} of ${all.files} files, ${formatBytes(bytes)} of ${formatBytes(all.bytes)}`);
  });
  const fresh: number[] = [];
  const damaged: string[] = [];
  let bytes = 0;
  for (const [at, { path, digest, bring }] of wanted.entries()) {
    signal.throwIfAborted();
    if (!(await folder.holds(path, digest, signal))) {
      if (folder.size(path) !== undefined && before.get(path) === digest.hash) damaged.push(path);
      const brought = await bring(received => tell(at, bytes + received));
      if (!brought.ok) return brought;
      fresh.push(digest.size);
    }
    bytes += digest.size;
    tell(at + 1, bytes);
  }
  return ok({ all, fresh: sum(fresh), damaged });
}

/** Milliseconds between progress lines. */
const PACE = 5_000;

function paced(now: () => number, tell: (files: number, bytes: number) => void): typeof tell {
  let last = now();
  return (files, bytes) => {
    if (now() - last < PACE) return;
    last = now();
    tell(files, bytes);
  };
}

async function staleFiles({ folder, lock, prune }: CopyRequest): Promise<Result<Amount>> {
  const named = lockedPaths(lock);
  const paths = [...folder.listed.keys()].filter(path => path !== SAMPLE_PATH && !named.has(path));
  const stale = sum(paths.flatMap(path => folder.size(path) ?? []));
  const removed = prune && paths.length > 0 ? await folder.remove(paths) : ok(undefined);
  return removed.ok ? ok(stale) : removed;
}

function sum(sizes: readonly number[]): Amount {
  return { files: sizes.length, bytes: sizes.reduce((total, size) => total + size, 0) };
}
