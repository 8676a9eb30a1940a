/** Where Alpine comes from, a URL or a local folder laid out as Alpine's CDN; never decides whether what it brings can be trusted. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Source } from '../../net/byte-source.ts';
import { folderSource } from '../../net/folder-source.ts';
import { httpSource } from '../../net/http-source.ts';
import type { RetryPolicy } from '../../net/retry.ts';
import { MemorySink, PartFile } from '../../net/sink.ts';
import { type TransferOptions, transfer } from '../../net/transfer.ts';
import type { Digest } from '../../store/content/digest.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { MIRROR_TRANSIENT, mirrorFailure } from './mirror-failure.ts';
import { RELEASES_PATH } from './mirror-layout.ts';

export interface Mirror {
  /** A URL without a slash at its end, or an absolute folder: the same mirror always says the same here. */
  readonly spec: string;
  readonly kind: 'web' | 'folder';
  /** Where a path lies, for messages: its URL, or its file if the mirror is a folder. */
  locate(path: string): string;
  /** A file in memory. At most 256 MiB unless `maxBytes` says otherwise. */
  fetch(path: string, options?: TransferOptions): Promise<Result<Uint8Array>>;
  /**
   * A file on disk: it appears under its name only when it is whole, and what a kill left of it is resumed if `expect.sha256` is given.
   * One transfer per file at a time.
   */
  fetchTo(path: string, file: string, options?: TransferOptions): Promise<Result<Digest>>;
}

export interface MirrorSettings extends RetryPolicy {
  /** A connection on which nothing arrives for so long is cut. */
  readonly idleTimeoutMs: number;
  /** Transfers at a time. */
  readonly concurrency: number;
}

const DEFAULTS: MirrorSettings = {
  attempts: 5,
  pauseMs: 500,
  random: Math.random,
  wait: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
  idleTimeoutMs: 30_000,
  concurrency: 4,
};

const MAX_IN_MEMORY = 256 << 20;

/** Alpine's CDN keeps releases.json on its web site. */
const ALPINE_CDN = 'https://dl-cdn.alpinelinux.org/alpine';
const ALPINE_RELEASES = 'https://alpinelinux.org/releases.json';

/** Touches no network; fails if `spec` is neither a http(s) URL nor a folder that exists. */
export function openMirror(spec: string, settings: Partial<MirrorSettings> = {}): Result<Mirror> {
  const all = { ...DEFAULTS, ...settings };
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(spec)) {
    const folder = resolve(spec);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      return fail({
        code: 'AIB_MIRROR_UNREACHABLE',
        what: 'The mirror folder does not exist',
        where: folder,
        hint: 'Give an existing folder or a URL with --mirror',
      });
    }
    return ok(new SourceMirror(folder, 'folder', folderSource(folder), all));
  }
  const url = URL.parse(spec);
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return fail({
      code: 'AIB_BAD_MIRROR',
      what: 'The mirror is neither a plain https or http URL nor a folder',
      got: spec,
      hint: `Use a URL such as ${ALPINE_CDN}, or a folder, with --mirror`,
    });
  }
  const base = url.href.replace(/\/+$/, '');
  const urlOf = (path: string): string | undefined =>
    base === ALPINE_CDN && path === RELEASES_PATH ? ALPINE_RELEASES : undefined;
  return ok(
    new SourceMirror(
      base,
      'web',
      httpSource(base, { idleTimeoutMs: all.idleTimeoutMs, transient: MIRROR_TRANSIENT, urlOf }),
      all,
    ),
  );
}

class SourceMirror implements Mirror {
  readonly spec: string;
  readonly kind: 'web' | 'folder';
  readonly #source: Source;
  readonly #settings: MirrorSettings;
  #queue: Promise<Queue> | undefined;

  constructor(spec: string, kind: 'web' | 'folder', source: Source, settings: MirrorSettings) {
    this.spec = spec;
    this.kind = kind;
    this.#source = source;
    this.#settings = settings;
  }

  locate(path: string): string {
    return this.#source.locate(checked(path));
  }

  async fetch(path: string, options: TransferOptions = {}): Promise<Result<Uint8Array>> {
    return this.#queued(async () => {
      const sink = new MemorySink();
      const moved = await transfer(
        this.#source,
        checked(path),
        sink,
        { maxBytes: MAX_IN_MEMORY, ...options },
        this.#settings,
      );
      return moved.ok ? ok(sink.bytes()) : fail(mirrorFailure(moved.error));
    });
  }

  async fetchTo(path: string, file: string, options: TransferOptions = {}): Promise<Result<Digest>> {
    return this.#queued(async () => {
      let part: PartFile | undefined;
      try {
        part = await PartFile.open(file, options.expect?.sha256 !== undefined);
        const moved = await transfer(this.#source, checked(path), part, options, this.#settings);
        const resumable = !moved.ok && (moved.error.kind === 'cancelled' || moved.error.kind === 'unreachable');
        if (moved.ok) await part.keep();
        else if (resumable) await part.leave();
        else await part.discard();
        return moved.ok ? moved : fail(mirrorFailure(moved.error));
      } catch (error) {
        await part?.discard().catch(() => {});
        const code = (error as NodeJS.ErrnoException).code;
        if (code === undefined) throw error;
        return fail({
          code: 'AIB_CANNOT_WRITE',
          what: 'A downloaded file cannot be written',
          where: file,
          got: (error as Error).message,
          hint: code === 'ENOSPC' ? 'Make room on the disk' : 'Check that the folder can be written to',
        });
      }
    });
  }

  async #queued<T>(task: () => Promise<T>): Promise<T> {
    this.#queue ??= makeQueue(this.#settings.concurrency);
    return (await this.#queue).add(task);
  }
}

interface Queue {
  add<T>(task: () => Promise<T>): Promise<T>;
}

/** Loaded when the first file is wanted: a command that fetches nothing does not pay for it. */
async function makeQueue(concurrency: number): Promise<Queue> {
  const { default: PQueue } = await import('p-queue');
  return new PQueue({ concurrency });
}

/** Paths come from layout.ts and verified indexes, so anything else in them is a mistake of ours. */
function checked(path: string): string {
  const odd = path.split('/').some(segment => segment === '' || segment === '.' || segment === '..');
  if (odd || path.includes('\\') || path.includes('\0'))
    throw internal(`${JSON.stringify(path)} is no path on a mirror`);
  return path;
}
