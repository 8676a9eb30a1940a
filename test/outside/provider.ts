/**
 * The steps for images in an account of account.ts: an import (a snapshot of the disk, an image of it, its permissions), and copies of it
 * in other regions. Small but complete: the example for new providers.
 */
import { readFileSync } from 'node:fs';
import { askProvider, type Refused } from '../../src/clouds/ask-provider.ts';
import { type Located, revisionOf } from '../../src/clouds/revision.ts';
import type { ExternalObject, Facts, FindContext, Finding, Step } from '../../src/engine/model/external.ts';
import { type Edge, type ExternalNode, externalNode, type Label, OBJECT } from '../../src/engine/model/graph.ts';
import type { RetryPolicy } from '../../src/net/retry.ts';
import { digestOf, type Sha256 } from '../../src/store/content/digest.ts';
import { ok, type Result } from '../../src/util/result.ts';
import { type Account, type Item, Refusal } from './account.ts';

export interface Place {
  readonly account: Account;
  readonly region: string;
  /** The name of the image there, without its revision. */
  readonly name: string;
  /** All regions in which it may exist. */
  readonly regions: readonly string[];
  readonly sharedWith?: readonly string[];
}

/** Milliseconds between two polls: an account of the tests counts calls, not time. */
const AGAIN_MS = 2;

export function importNode(label: Label, disk: Edge, place: Place): ExternalNode {
  const steps = [snapshotStep(place), imageStep(place), shareStep(place)];
  return externalNode({
    label,
    kind: 'import',
    inputs: { disk },
    describe: inputs => objectOf(place, inputs.disk),
    steps,
  });
}

/** A copy with the same content as the import; if it does not exist, it is copied from the import. */
export function copyNode(
  label: Label,
  from: { readonly disk: Edge; readonly image: Label },
  place: Place,
): ExternalNode {
  const inputs = { disk: from.disk, image: { label: from.image, output: OBJECT } };
  return externalNode({
    label,
    kind: 'copy',
    inputs,
    // The source image is not part of its identity: if that is created again, it has another id, but the copy stays valid.
    describe: given => objectOf(place, given.disk),
    steps: [copyStep(place), shareStep(place)],
  });
}

function objectOf(
  { region }: Place,
  disk: { readonly digest: ExternalObject['contents'][string] } | undefined,
): Result<ExternalObject> {
  if (disk === undefined) throw new Error('there is no disk');
  return ok({ sort: 'test-image', parameters: { region }, contents: { disk: disk.digest } });
}

function snapshotStep(place: Place): Step {
  const { account, region } = place;
  return {
    name: 'snapshot',
    pool: poolOf(region),
    reads: ['disk'],
    find: context =>
      asked(place, context.signal, async () => {
        const [snapshot] = await account.list(region, 'snapshot', { identity: context.identity });
        return findingOf(account, snapshot);
      }),
    make: context =>
      asked(place, undefined, async () => {
        const content = digestOf(readFileSync(context.path('disk'))).hash;
        const tags = { identity: context.identity };
        return begun(account, await account.startSnapshot(region, { token: context.identity, tags, content }));
      }),
    poll: (handle, context) =>
      asked(place, context.signal, async () => begun(account, await account.get(region, handle.id ?? ''))),
  };
}

function imageStep(place: Place): Step {
  const { account, region, name } = place;
  return {
    name: 'image',
    pool: poolOf(region),
    reads: [],
    find: context => asked(place, context.signal, () => findImage(place, context)),
    make: context =>
      asked(place, undefined, async () => {
        const revision = await revisionAt(place, context);
        const tags = { identity: context.identity, name, revision: String(revision) };
        // One name for each identity: if the name is taken, it is taken by this image, even if no list shows it yet.
        const unique = `${name}-${context.identity.slice(0, 12)}`;
        try {
          const from = context.facts.id ?? '';
          return begun(account, await account.registerImage(region, { name: unique, tags, from }));
        } catch (error) {
          if (!(error instanceof Refusal) || error.code !== 'NameTaken') throw error;
          return begun(account, await account.get(region, error.message));
        }
      }),
  };
}

function copyStep(place: Place): Step {
  const { account, region, name } = place;
  return {
    name: 'copy',
    pool: poolOf(region),
    reads: ['image'],
    find: context => asked(place, context.signal, () => findImage(place, context)),
    make: context =>
      asked(place, undefined, async () => {
        const revision = await revisionAt(place, context);
        const tags = { identity: context.identity, name, revision: String(revision) };
        const from = context.factsOf('image').id ?? '';
        return begun(account, await account.copyImage(region, { token: context.identity, tags, from }));
      }),
    poll: (handle, context) =>
      asked(place, context.signal, async () => begun(account, await account.get(region, handle.id ?? ''))),
  };
}

function shareStep(place: Place): Step {
  const { account, region, sharedWith = ['everybody'] } = place;
  return {
    name: 'sharing',
    pool: poolOf(region),
    reads: [],
    find: context =>
      asked(place, context.signal, async () => {
        const found = await findImage(place, context);
        if (found.state !== 'there') return { state: 'absent' };
        const { sharedWith: now } = await account.get(region, found.facts.id ?? '');
        return sharedWith.every(who => now.includes(who)) ? found : { state: 'absent' };
      }),
    make: context =>
      asked(place, undefined, async () => {
        const shared = await account.share(region, context.facts.id ?? '', sharedWith);
        return { state: 'there', facts: factsOf(shared) };
      }),
  };
}

async function findImage({ account, region }: Place, { identity }: FindContext): Promise<Finding> {
  const [image] = await account.list(region, 'image', { identity });
  return findingOf(account, image);
}

async function revisionAt({ account, regions, name }: Place, { object }: FindContext): Promise<number> {
  const answers: Located[] = [];
  for (const region of regions) {
    for (const { tags, sharedWith, content } of await imagesIn(account, region, name)) {
      const published = sharedWith.length > 0;
      answers.push({ revision: Number(tags.revision), published, content: content as Sha256 });
    }
  }
  const revision = revisionOf(answers, { content: object.contents.disk?.hash ?? ('' as Sha256), revise: true });
  if (!revision.ok) throw new Error(revision.error.what);
  return revision.value;
}

/** Empty for a closed region, because images there cannot be used. */
async function imagesIn(account: Account, region: string, name: string): Promise<readonly Item[]> {
  try {
    return await account.list(region, 'image', { name });
  } catch (error) {
    if (error instanceof Refusal && error.code === 'Closed') return [];
    throw error;
  }
}

function findingOf(account: Account, item: Item | undefined): Finding {
  return item === undefined ? { state: 'absent' } : begun(account, item);
}

function begun(account: Account, item: Item): Exclude<Finding, { state: 'absent' }> {
  if (account.isReady(item)) return { state: 'there', facts: factsOf(item) };
  const done = account.calls - item.made;
  const total = item.ready - item.made;
  return {
    state: 'pending',
    handle: factsOf(item),
    progress: { done, total, left: (total - done) * AGAIN_MS },
    again: AGAIN_MS,
  };
}

function factsOf({ id, region }: Item): Facts {
  return { id, region };
}

export function poolOf(region: string): string {
  return `folder/${region}`;
}

const POLICY: RetryPolicy = {
  attempts: 30,
  pauseMs: 0,
  longestWaitMs: 1_000,
  random: () => 0.5,
  wait: async () => {},
};

/** Every call of a step may be repeated, because a second call changes nothing. */
function asked<T>({ region }: Place, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<Result<T>> {
  return askProvider(ask, { refused, policy: POLICY, where: poolOf(region), signal });
}

function refused(error: unknown): Refused | undefined {
  if (!(error instanceof Refusal)) return undefined;
  return { why: error.message, temporary: error.code === 'Throttled' || error.code === 'ReplyLost' };
}
