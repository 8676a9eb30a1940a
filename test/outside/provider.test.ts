/** The example provider fulfils the contract of providers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import type { ExternalObject } from '../../src/engine/model/external.ts';
import type { Edge, ExternalNode, Label } from '../../src/engine/model/graph.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { Account, type Manners } from './account.ts';
import { keepsTheContract, type Subject } from './contract.ts';
import { copyNode, importNode, type Place } from './provider.ts';

const DISK: Edge = { label: '//disk' as Label, output: 'out' };
/** Slow and unreliable, as real accounts are. */
const MANNERS: Manners = { lag: 5, slow: 7, throttled: 20, lost: 20 };

describe.each([{}, MANNERS])('an import, in an account with %j', manners => {
  keepsTheContract(() => setUp(manners, place => importNode('//import' as Label, DISK, place)));
});

describe.each([{}, MANNERS])('a copy, in an account with %j', manners => {
  keepsTheContract(async () => {
    const home = await setUp(manners, place => importNode('//import' as Label, DISK, place), 'home');
    const facts = await home.source();
    const image: Label = '//import' as Label;
    const subject = await setUp(
      manners,
      place => copyNode('//copy' as Label, { disk: DISK, image }, place),
      'away',
      home,
    );
    return { ...subject, inputs: { ...subject.inputs, factsOf: () => facts } };
  });
});

interface SetUp extends Subject {
  readonly folder: string;
  /** The source of a copy. */
  readonly source: () => Promise<Readonly<Record<string, string>>>;
}

async function setUp(
  manners: Manners,
  nodeAt: (place: Place) => ExternalNode,
  region = 'home',
  beside?: { readonly folder: string },
): Promise<SetUp> {
  const folder = beside?.folder ?? testFolder('provider');
  const disk = join(folder, 'disk');
  writeFileSync(disk, 'the bytes of a disk');
  // Another process would also open its own account object; the account itself is the folder.
  const account = (): Account => new Account(join(folder, 'account'), manners);
  const steps = () => nodeAt({ account: account(), region, name: 'image', regions: ['home', 'away'] }).steps;
  const mine = (): number =>
    account().items.filter(item => item.region === region && item.tags.identity !== undefined).length;
  return {
    folder,
    steps,
    object: objectOf('disk', region),
    other: objectOf('another disk', region),
    inputs: { path: () => disk, factsOf: () => ({}) },
    count: mine,
    settle: async () => {
      while (account().items.some(item => item.made + (manners.lag ?? 0) > account().calls))
        await account()
          .list(region, 'image', {})
          .catch(() => []);
    },
    source: async () => {
      const calm = new Account(join(folder, 'account'));
      const content = digestOf('the bytes of a disk').hash;
      const { id } = await calm.startSnapshot(region, { token: 'source', tags: {}, content });
      const image = await calm.registerImage(region, { name: 'source', tags: {}, from: id });
      return { id: image.id, region };
    },
  };
}

function objectOf(content: string, region: string): ExternalObject {
  return { sort: 'test-image', parameters: { region }, contents: { disk: digestOf(content) } };
}
