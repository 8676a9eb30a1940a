/**
 * The world of the fake, with everything that its services share: a clock, ids, bytes, tokens of requests. Must not contain anything of a
 * single service.
 */
import { createHash } from 'node:crypto';
import type { BlockStore } from './block-store.ts';
import type { Caller } from './caller.ts';
import type { AwsError } from './wire/aws-error.ts';
import type { World } from './world.ts';

export class Cloud {
  readonly world: World;
  readonly blocks: BlockStore;
  readonly now: () => number;

  constructor(world: World, blocks: BlockStore, now: () => number) {
    this.world = world;
    this.blocks = blocks;
    this.now = now;
  }

  /** Such as `snap-0123456789abcdef0`: the same in each run of a seed. */
  id(prefix: string): string {
    return `${prefix}-${this.random().slice(0, 17)}`;
  }

  /** 64 hexadecimal digits. */
  random(): string {
    this.world.given += 1;
    return createHash('sha256').update(`${this.world.seed} ${this.world.given}`).digest('hex');
  }

  /** The result of an earlier request with this token; undefined if there was none, or if its object is gone. */
  earlier(
    { account, region }: Caller,
    request: { readonly action: string; readonly token: string | undefined; readonly asked: unknown },
    options: { readonly isThere: (id: string) => boolean; readonly mismatch: () => AwsError },
  ): string | undefined {
    const { action, token, asked } = request;
    if (token === undefined) return undefined;
    const name = [account, region, action, token].join(' ');
    const before = this.world.tokens[name];
    if (before === undefined) return undefined;
    if (!options.isThere(before.id) && !this.world.settings.tokensOutlive) {
      delete this.world.tokens[name];
      return undefined;
    }
    if (before.asked !== canonical(asked)) throw options.mismatch();
    return before.id;
  }

  remember(
    { account, region }: Caller,
    request: { readonly action: string; readonly token: string | undefined; readonly asked: unknown },
    id: string,
  ): void {
    const { action, token, asked } = request;
    if (token === undefined) return;
    this.world.tokens[[account, region, action, token].join(' ')] = { asked: canonical(asked), id };
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
