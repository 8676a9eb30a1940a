/** The AWS steps fulfil the contract of providers, for each sort of object. */
import { describe, onTestFinished } from 'vitest';
import type { AwsConnection } from '../../src/clouds/aws/account/connection.ts';
import type { AwsImage, AwsImport } from '../../src/clouds/aws/image/aws-image.ts';
import { type AwsPublication, publicationObject } from '../../src/clouds/aws/image/publication.ts';
import { copySteps, importSteps, publicationSteps } from '../../src/clouds/aws/steps/aws-steps.ts';
import type { Facts, Step } from '../../src/engine/model/external.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { type Rig, startRig } from '../fakes/aws/rig.ts';
import { keepsTheContract, takeSteps } from '../outside/contract.ts';
import { ACCOUNT, connect, HOME, IMAGE, makeDisk, objectAt, type TestDisk, targetAt } from './aws-rig.ts';
import { HASTE } from './aws-world.ts';

const AWAY = 'us-east-1';
const PUBLICATION: AwsPublication = { access: ['PUBLIC'], endOfLife: '2027-05-01' };

async function setUp() {
  const rig = await startRig();
  // Nothing is visible or complete at once.
  Object.assign(rig.aws.world.settings.lag, HASTE);
  const [one, two] = [await makeDisk({ 0: 1, 3: 2 }), await makeDisk({ 0: 1, 3: 3, 5: 4 })];
  const connection = (): AwsConnection => {
    const made = connect(rig.aws.url, testFolder('memory'));
    onTestFinished(made.close);
    return made;
  };
  return { rig, one, two, connection };
}

/** Also counts parts of unfinished images: a snapshot that a task will make is counted as the task. */
function countIn({ aws }: Rig, region: string): number {
  const { snapshots, images, imports } = aws.world;
  const ofTasks = new Set(Object.values(imports).map(({ snapshot }) => snapshot));
  const others = Object.values(snapshots).filter(({ id }) => !ofTasks.has(id));
  const things = [...others, ...Object.values(imports), ...Object.values(images)];
  return things.filter(each => each.region === region).length;
}

/** Waits until everything that was created is visible. */
async function settle({ aws }: Rig): Promise<void> {
  for (const each of [...Object.values(aws.world.snapshots), ...Object.values(aws.world.images)])
    each.visible.reads = 0;
}

const OTHER: AwsImage = { ...IMAGE, imageKey: 'other', variant: 'other', name: revision => `other-r${revision}` };

const unread = (): never => {
  throw new Error('this is none of what the step reads');
};

/** Imports both images in the home region, so that they can be copied or published. */
async function setUpImported() {
  const world = await setUp();
  const imported = async (disk: TestDisk, image: AwsImage): Promise<Facts> => {
    const steps = (): readonly Step[] => importSteps(targetAt(world.connection(), HOME, { image }));
    const inputs = { path: () => disk.path, factsOf: unread };
    return takeSteps({ steps, object: objectAt(HOME, disk, image), inputs });
  };
  const facts = { one: await imported(world.one, IMAGE), two: await imported(world.two, OTHER) };
  await settle(world.rig);
  return { ...world, facts };
}

describe.each<AwsImport>([{ method: 'ebs' }, { method: 's3' }])('an import by $method', importing => {
  keepsTheContract(async () => {
    const { rig, one, two, connection } = await setUp();
    return {
      steps: () => importSteps(targetAt(connection(), HOME, { image: { ...IMAGE, importing } })),
      otherSteps: () => importSteps(targetAt(connection(), HOME, { image: { ...OTHER, importing } })),
      object: objectAt(HOME, one),
      other: objectAt(HOME, two),
      inputs: { path: () => one.path, factsOf: unread },
      count: () => countIn(rig, HOME),
      settle: () => settle(rig),
    };
  });
});

describe('a copy', () => {
  keepsTheContract(async () => {
    const { rig, one, two, connection, facts } = await setUpImported();
    return {
      steps: () => copySteps(targetAt(connection(), AWAY)),
      otherSteps: () => copySteps(targetAt(connection(), AWAY, { image: OTHER })),
      object: objectAt(AWAY, one),
      other: objectAt(AWAY, two),
      inputs: { path: unread, factsOf: () => facts.one },
      count: () => countIn(rig, AWAY),
      settle: () => settle(rig),
    };
  });
});

describe('a publication', () => {
  keepsTheContract(async () => {
    const { rig, one, two, connection, facts } = await setUpImported();
    const place = { account: ACCOUNT, region: HOME };
    let asked = facts.one;
    const steps = (image: AwsImage, of: Facts) => () => {
      asked = of;
      return publicationSteps(targetAt(connection(), HOME, { image }), PUBLICATION);
    };
    return {
      steps: steps(IMAGE, facts.one),
      otherSteps: steps(OTHER, facts.two),
      object: publicationObject(IMAGE, place, one.digest, PUBLICATION),
      other: publicationObject(OTHER, place, two.digest, PUBLICATION),
      inputs: { path: unread, factsOf: () => asked },
      count: () => Object.values(rig.aws.world.images).filter(each => each.permission.groups.includes('all')).length,
      settle: () => settle(rig),
    };
  });
});
