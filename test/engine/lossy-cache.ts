/**
 * A very unreliable cache in memory, for tests of its clients: it forgets between two calls, lies, is slow and fails, as often as
 * configured.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import type { FoundResult, RemoteCache } from '../../src/engine/build/remote-cache.ts';
import type { EncodedAction } from '../../src/engine/model/action-key.ts';
import { type Digest, digestOf, type Sha256 } from '../../src/store/content/digest.ts';
import { decodeDirectory } from '../../src/store/content/directory.ts';
import type { ActionRecord } from '../../src/store/records/action-record.ts';
import type { Store } from '../../src/store/store.ts';

type Outputs = ActionRecord['outputs'];

export class LossyCache implements RemoteCache {
  readonly results = new Map<Sha256, Outputs>();
  readonly blobs = new Map<Sha256, Buffer>();
  /** The calls, in order. */
  readonly calls: string[] = [];
  /** Digests that it invented. */
  readonly lies = new Set<string>();
  /** Number of blobs that it returned correctly. */
  given = 0;
  readonly #random: () => number;
  readonly #badness: number;

  /** One call in `badness` fails in some way; 0 for an honest cache. */
  constructor(random: () => number = () => 1, badness = 0) {
    this.#random = random;
    this.#badness = badness;
  }

  /** Copies everything from a store. */
  fill(store: Store): void {
    const put = (digest: Digest, isFolder: boolean): void => {
      const bytes = readFileSync(store.blobs.path(digest), { flag: 'r' });
      this.blobs.set(digest.hash, bytes);
      for (const entry of isFolder ? (decodeDirectory(bytes)?.values() ?? []) : [])
        if (entry.type !== 'symlink') put(entry.digest, entry.type === 'directory');
    };
    for (const { record } of store.records.all()) {
      this.results.set(record.key, record.outputs);
      for (const { type, digest } of Object.values(record.outputs)) {
        try {
          put(digest, type === 'directory');
        } catch {
          // Its bytes were not in that store.
        }
      }
    }
  }

  accepts(): boolean {
    return true;
  }

  async find({ key }: EncodedAction): Promise<FoundResult | undefined> {
    const outputs = await this.#find(key);
    return outputs === undefined ? undefined : { outputs };
  }

  async #find(key: Sha256): Promise<Outputs | undefined> {
    this.calls.push('find');
    const known = this.results.get(key);
    if (!(await this.#goesWrong())) return known;
    return this.#pick([
      () => undefined,
      () => this.#die(),
      () => {
        this.results.delete(key);
        return undefined;
      },
      () => known && Object.fromEntries(Object.entries(known).map(([name, each]) => [name, this.#lie(each)])),
    ]);
  }

  async contains({ hash }: Digest): Promise<boolean> {
    this.calls.push('contains');
    const known = this.blobs.has(hash);
    if (!(await this.#goesWrong())) return known;
    return this.#pick([() => !known, () => this.#die()]);
  }

  async fetch({ hash }: Digest, file: string): Promise<boolean> {
    this.calls.push('fetch');
    const bytes = this.blobs.get(hash);
    const give = (content: string | Uint8Array | undefined): boolean => {
      if (content !== undefined) writeFileSync(file, content);
      return content !== undefined;
    };
    if (!(await this.#goesWrong())) {
      this.given += bytes === undefined ? 0 : 1;
      return give(bytes);
    }
    return this.#pick([
      () => {
        this.blobs.delete(hash);
        return false;
      },
      () => {
        give(bytes?.subarray(1));
        return this.#die();
      },
      () => give('something else'),
      () => give(bytes?.subarray(1)),
      // Claims success without writing anything.
      () => true,
    ]);
  }

  async #goesWrong(): Promise<boolean> {
    for (let pause = this.#random() * 6; pause > 1 && this.#badness > 0; pause -= 1) await breath();
    return this.#random() * this.#badness < 1 && this.#badness > 0;
  }

  #pick<T>(ways: readonly (() => T)[]): T {
    return (ways[Math.floor(this.#random() * ways.length)] ?? this.#die)();
  }

  #die(): never {
    throw new Error('the cache is gone');
  }

  #lie(output: Outputs[string]): Outputs[string] {
    const digest = digestOf(`nobody made ${this.#random()}`);
    this.lies.add(digest.hash);
    return { ...output, digest };
  }
}
