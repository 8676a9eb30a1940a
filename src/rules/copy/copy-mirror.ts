/**
 * Copies a part of a mirror into a folder. Packages and indexes come as in a build, from the store or the mirror, and are placed out of the store;
 * of an ISO the store keeps only parts, so the ISO comes straight from the mirror. Nothing gets its name there that a build would not take.
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
  /** Where ISOs are from. */
  readonly mirror: Mirror;
  /** Whether files go that earlier copies placed and that the lock does not name any more. */
  readonly prune: boolean;
  /** Told now and then how far the folder is. */
  readonly onNotice: (line: string) => void;
}

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

export interface Copied {
  /** What the targets need, of which all is there. */
  readonly all: Amount;
  /** Of that, what was not there before. */
  readonly fresh: Amount;
  /** Paths of files that were there, and were not what the list said. */
  readonly damaged: readonly string[];
  /** Paths of indexes that the mirror does not have any more as the lock names them. */
  readonly leftOut: readonly string[];
  /** What earlier copies placed and the lock does not name any more; gone if that was asked for. */
  readonly stale: Amount;
}

/** What could not be brought into the store the reporter has told. */
export type CopyOutcome = Pick<Brought, 'runs' | 'ran'> &
  (
    | { readonly status: 'done'; readonly copied: Copied }
    | { readonly status: Exclude<Brought['status'], 'done'>; readonly copied?: never }
  );

/** How a file gets into the folder. */
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

/** Checked as the action of its node does it, before it has its name; what an interrupted transfer left is resumed. */
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
      // A transfer says so in its own way.
      if (!fetched.ok) signal.throwIfAborted();
      return fetched;
    },
  };
}

/** Says just enough to be trusted as the sample that it is from: with all that a whole sample says of itself it would be taken for one. */
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

/** Milliseconds. A slow disk or network shows that it moves. */
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
