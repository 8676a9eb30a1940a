/** One mirror: a limited number of transfers at a time, each complete and with the right digest, or failed. Knows no other mirror. */
import type { Source } from '../../net/byte-source.ts';
import { folderSource } from '../../net/folder-source.ts';
import { httpSource } from '../../net/http-source.ts';
import { type RetryPolicy, waitOrStop } from '../../net/retry.ts';
import { MemorySink, PartFile } from '../../net/sink.ts';
import { fileSize, fileStart, type TransferFailure, type TransferOptions, transfer } from '../../net/transfer.ts';
import type { Digest } from '../../store/content/digest.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { AcceptOptions, FetchOptions, Mirror } from './mirror.ts';
import type { MirrorAddress } from './mirror-address.ts';
import { MIRROR_TRANSIENT, mirrorFailure } from './mirror-failure.ts';

export interface MirrorSettings extends RetryPolicy {
  /** A connection without any data for this time is closed. */
  readonly idleTimeoutMs: number;
  /** Transfers at a time. */
  readonly concurrency: number;
  /** Has the settings of proxies and the path of the netrc file. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called once for each mirror that is skipped. */
  readonly onNotice: (line: string) => void;
}

export const DEFAULT_SETTINGS: MirrorSettings = {
  attempts: 5,
  pauseMs: 500,
  longestWaitMs: 60_000,
  random: Math.random,
  wait: waitOrStop,
  idleTimeoutMs: 30_000,
  concurrency: 4,
  environment: process.env,
  onNotice: () => {},
};

const MAX_IN_MEMORY = 256 << 20;

export class SingleMirror implements Mirror {
  readonly places: readonly MirrorAddress[];
  readonly spec: string;
  readonly #source: Source;
  readonly #settings: MirrorSettings;
  #queue: Promise<Queue> | undefined;

  constructor(address: MirrorAddress, settings: MirrorSettings) {
    this.places = [address];
    this.spec = address.spec;
    this.#source =
      address.kind === 'folder'
        ? folderSource(address.spec)
        : httpSource(address.spec, { ...settings, transient: MIRROR_TRANSIENT });
    this.#settings = settings;
  }

  locate(path: string): string {
    return this.#source.locate(checked(path));
  }

  fetch<T>(path: string, options: AcceptOptions<Uint8Array, T>): Promise<Result<T>>;
  fetch(path: string, options?: TransferOptions): Promise<Result<Uint8Array>>;
  async fetch(path: string, options: FetchOptions<Uint8Array> = {}): Promise<Result<unknown>> {
    return this.#queued(async () => {
      const sink = new MemorySink();
      const limited = { maxBytes: MAX_IN_MEMORY, ...options };
      const moved = await transfer(this.#source, checked(path), sink, limited, this.#settings);
      if (!moved.ok) return fail(mirrorFailure(moved.error));
      const bytes = sink.bytes();
      return options.accept === undefined ? ok(bytes) : options.accept(bytes, this.locate(path));
    });
  }

  fetchTo<T>(path: string, file: string, options: AcceptOptions<string, T>): Promise<Result<T>>;
  fetchTo(path: string, file: string, options?: TransferOptions): Promise<Result<Digest>>;
  async fetchTo(path: string, file: string, options: FetchOptions<string> = {}): Promise<Result<unknown>> {
    return this.#queued(async () => {
      let part: PartFile | undefined;
      try {
        part = await PartFile.open(file, options.expect?.sha256 !== undefined);
        const moved = await transfer(this.#source, checked(path), part, options, this.#settings);
        if (!moved.ok) {
          await (isResumable(moved.error) ? part.leave() : part.discard());
          return fail(mirrorFailure(moved.error));
        }
        const result = options.accept === undefined ? moved : await options.accept(part.path, this.locate(path));
        await (result.ok ? part.keep() : part.discard());
        return result;
      } catch (error) {
        await part?.discard().catch(() => {});
        return fail(cannotWrite(error, file));
      }
    });
  }

  async size(path: string, signal?: AbortSignal): Promise<Result<number>> {
    return this.#queued(async () => {
      const found = await fileSize(this.#source, checked(path), signal, this.#settings);
      return found.ok ? found : fail(mirrorFailure(found.error));
    });
  }

  async start(path: string, length: number, signal?: AbortSignal): Promise<Result<Uint8Array>> {
    return this.#queued(async () => {
      const found = await fileStart(this.#source, checked(path), length, signal, this.#settings);
      return found.ok ? found : fail(mirrorFailure(found.error));
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

/** Loaded for the first file: a command that fetches nothing does not pay for it. */
async function makeQueue(concurrency: number): Promise<Queue> {
  const { default: PQueue } = await import('p-queue');
  return new PQueue({ concurrency });
}

function isResumable({ kind }: TransferFailure): boolean {
  return kind === 'cancelled' || kind === 'unreachable';
}

/** Errors of the file system become failures; any other error is a bug and is thrown. */
function cannotWrite(error: unknown, file: string) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return {
    code: 'AIB_CANNOT_WRITE',
    what: 'A downloaded file cannot be written',
    where: file,
    got: message,
    hint: code === 'ENOSPC' ? 'free some space on the disk' : 'check that the folder is writable',
  } as const;
}

/** Paths come from mirror-layout.ts and verified indexes, so an invalid path is a bug. */
function checked(path: string): string {
  const odd = path.split('/').some(segment => segment === '' || segment === '.' || segment === '..');
  if (odd || path.includes('\\') || path.includes('\0'))
    throw internal(`${JSON.stringify(path)} is not a path on a mirror`);
  return path;
}
