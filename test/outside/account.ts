/**
 * A folder that simulates an account at a provider: snapshots that take time, images that are registered under a name and shared, copies to
 * other regions. It behaves like real ones: it throttles, loses replies, lists new objects only after a while, remembers tokens forever,
 * and is not affected if its client dies. It must not depend on aib.
 */
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { digestOf } from '../../src/store/content/digest.ts';

export interface Manners {
  /** Percentage of calls that are throttled; below, of calls whose work is done but whose reply is lost. */
  readonly throttled?: number;
  readonly lost?: number;
  /** Number of calls after which a new object is in lists; below, after which started work is finished. */
  readonly lag?: number;
  readonly slow?: number;
  /** Milliseconds that a creating call takes. */
  readonly pause?: number;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Called before the work of each call and before its reply, with the number of such moments. */
  readonly between?: (moment: number) => void;
  /** Regions that refuse every call. */
  readonly closed?: readonly string[];
}

/** An error that a client gets instead of an answer. */
export class Refusal extends Error {
  readonly code: 'Throttled' | 'ReplyLost' | 'NameTaken' | 'NotFound' | 'Closed';

  constructor(code: Refusal['code'], message: string = code) {
    super(message);
    this.code = code;
  }
}

export interface Item {
  readonly id: string;
  readonly type: 'snapshot' | 'image';
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  /** For an image that is not a copy: the name of its registration. */
  readonly name?: string;
  /** For an image, the snapshot from which it was registered; for a copy, the source image. */
  readonly from?: string;
  /** SHA-256 of the bytes. */
  readonly content: string;
  readonly sharedWith: readonly string[];
  /** The number of the call that created it; below, of the call at which it is finished. */
  readonly made: number;
  readonly ready: number;
}

export class Account {
  readonly #folder: string;
  readonly #manners: Manners;
  /** The maximum number of simultaneous calls, by region. */
  readonly crowds = new Map<string, number>();
  readonly #busy = new Map<string, number>();
  #moments = 0;

  constructor(folder: string, manners: Manners = {}) {
    this.#folder = folder;
    this.#manners = manners;
    mkdirSync(join(folder, 'items'), { recursive: true });
    mkdirSync(join(folder, 'claims'), { recursive: true });
  }

  /** The number of calls of all clients so far: the account's clock. */
  get calls(): number {
    const log = join(this.#folder, 'calls');
    return existsSync(log) ? statSync(log).size : 0;
  }

  /** Everything that exists, as only the account itself sees it. */
  get items(): readonly Item[] {
    const folder = join(this.#folder, 'items');
    const names = readdirSync(folder).filter(name => name.endsWith('.json'));
    return names.map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Item);
  }

  /** Simulates a removal by another user, without a call. */
  remove(id: string): void {
    rmSync(this.#path(id));
    for (const claim of readdirSync(join(this.#folder, 'claims'))) {
      const path = join(this.#folder, 'claims', claim);
      if (readFileSync(path, 'utf8') === id) rmSync(path);
    }
  }

  startSnapshot(region: string, wanted: Pick<Item, 'tags' | 'content'> & { readonly token: string }): Promise<Item> {
    const { token, tags, content } = wanted;
    return this.#make(region, () =>
      this.#makeOnce(`token ${region} ${token}`, { type: 'snapshot', region, tags, content }),
    );
  }

  copyImage(
    region: string,
    wanted: Pick<Item, 'tags'> & { readonly token: string; readonly from: string },
  ): Promise<Item> {
    const { token, tags, from } = wanted;
    return this.#make(region, () => {
      const { content } = this.#read(from);
      return this.#makeOnce(`token ${region} ${token}`, { type: 'image', region, tags, content, from });
    });
  }

  /** A name can be used once in each region; a second request is refused with the id of the existing image. */
  registerImage(
    region: string,
    wanted: Pick<Item, 'tags'> & { readonly name: string; readonly from: string },
  ): Promise<Item> {
    const { name, tags, from } = wanted;
    return this.#make(region, () => {
      const snapshot = this.#read(from);
      if (snapshot.ready > this.calls) throw new Refusal('NotFound', `${from} is not finished`);
      const id = this.#claim(`name ${region} ${name}`);
      if (existsSync(this.#path(id))) throw new Refusal('NameTaken', id);
      const { content } = snapshot;
      return this.#write({ id, type: 'image', region, tags, name, from, content, sharedWith: [], ...this.#times(0) });
    });
  }

  share(region: string, id: string, sharedWith: readonly string[]): Promise<Item> {
    return this.#call(region, () => this.#write({ ...this.#read(id), sharedWith }));
  }

  /** New objects may be missing. */
  list(region: string, type: Item['type'], tags: Readonly<Record<string, string>>): Promise<readonly Item[]> {
    const { lag = 0 } = this.#manners;
    return this.#call(region, () =>
      this.items.filter(
        item =>
          item.type === type &&
          item.region === region &&
          item.made + lag <= this.calls &&
          Object.entries(tags).every(([name, value]) => item.tags[name] === value),
      ),
    );
  }

  /** An object by its id, which is visible at once. */
  get(region: string, id: string): Promise<Item> {
    return this.#call(region, () => this.#read(id));
  }

  isReady({ ready }: Item): boolean {
    return ready <= this.calls;
  }

  async #make<T>(region: string, work: () => T): Promise<T> {
    const { pause = 0 } = this.#manners;
    if (pause > 0) await setTimeout(pause);
    return this.#call(region, work);
  }

  async #call<T>(region: string, work: () => T): Promise<T> {
    const { throttled = 0, lost = 0, random = Math.random, closed = [] } = this.#manners;
    const busy = (this.#busy.get(region) ?? 0) + 1;
    this.#busy.set(region, busy);
    this.crowds.set(region, Math.max(busy, this.crowds.get(region) ?? 0));
    try {
      await setImmediate();
      appendFileSync(join(this.#folder, 'calls'), '.');
      if (closed.includes(region)) throw new Refusal('Closed', `${region} is closed`);
      if (random() * 100 < throttled) throw new Refusal('Throttled');
      this.#between();
      const answer = work();
      this.#between();
      await setImmediate();
      if (random() * 100 < lost) throw new Refusal('ReplyLost');
      return answer;
    } finally {
      this.#busy.set(region, (this.#busy.get(region) ?? 1) - 1);
    }
  }

  #between(): void {
    this.#moments += 1;
    this.#manners.between?.(this.#moments);
  }

  #makeOnce(claim: string, about: Pick<Item, 'type' | 'region' | 'tags' | 'content' | 'from'>): Item {
    const id = this.#claim(claim);
    if (existsSync(this.#path(id))) return this.#read(id);
    return this.#write({ id, ...about, sharedWith: [], ...this.#times(this.#manners.slow ?? 0) });
  }

  /** The id of a token or a name, assigned at its first use. */
  #claim(words: string): string {
    const path = join(this.#folder, 'claims', digestOf(words).hash);
    const draft = join(this.#folder, `draft-${process.pid}`);
    writeFileSync(draft, `id-${this.calls}-${digestOf(words).hash.slice(0, 8)}`);
    try {
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      // Otherwise the next draft would overwrite the file that this one is linked to.
      rmSync(draft);
    }
    return readFileSync(path, 'utf8');
  }

  #times(slow: number): Pick<Item, 'made' | 'ready'> {
    return { made: this.calls, ready: this.calls + slow };
  }

  #path(id: string): string {
    return join(this.#folder, 'items', `${id}.json`);
  }

  #read(id: string): Item {
    if (!existsSync(this.#path(id))) throw new Refusal('NotFound', `there is no ${id}`);
    return JSON.parse(readFileSync(this.#path(id), 'utf8')) as Item;
  }

  #write(item: Item): Item {
    const draft = join(this.#folder, `draft-${process.pid}`);
    writeFileSync(draft, JSON.stringify(item));
    renameSync(draft, this.#path(item.id));
    return item;
  }
}
