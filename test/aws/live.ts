/**
 * `npm run aws-live -- ACCOUNT [REGION]`: tests what the fake of AWS cannot show. Imports a disk of 8 MiB, which cannot boot, into the
 * named account, copies it to another region, sets its description and its date of deprecation, shares it with nobody, reads it back, does
 * all of that again to check that nothing changes, and removes everything. Costs a few cents at most. Uses the SDK's configuration:
 * AWS_PROFILE, AWS_REGION.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askAccount } from '../../src/clouds/aws/account/aws-account.ts';
import { awsConnection } from '../../src/clouds/aws/account/connection.ts';
import { ownImages } from '../../src/clouds/aws/account/describe.ts';
import { readBack } from '../../src/clouds/aws/blocks/read-back.ts';
import { blockListOf, SNAPSHOT_BLOCK } from '../../src/clouds/aws/blocks/snapshot-blocks.ts';
import { TAG } from '../../src/clouds/aws/image/aws-image.ts';
import { takeBack } from '../../src/clouds/aws/image/located.ts';
import { copyNode, importNode, publishNode } from '../../src/clouds/aws/steps/aws-nodes.ts';
import { type Label, OBJECT } from '../../src/engine/model/graph.ts';
import { makeRaw } from '../../src/formats/fixtures.ts';
import { packDisk, packedDisk } from '../../src/formats/packed-disk.ts';
import { rawDisk } from '../../src/formats/raw.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { IMAGE, targetAt } from './aws-rig.ts';
import { buildObjects } from './publish.ts';

const NEVER = new AbortController().signal;
const PROJECT = 'aib-live-test';
const PUBLICATION = { access: [], endOfLife: new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10) };

const [account, other] = process.argv.slice(2);
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const folder = mkdtempSync(join(tmpdir(), 'aib-live-'));
const connection = awsConnection({ memory: join(folder, 'aws'), factor: Number(process.env.AIB_AWS_POLL ?? 1) });
try {
  process.exitCode = await tryAccount();
} finally {
  connection.close();
  rmSync(folder, { recursive: true, force: true });
}

async function tryAccount(): Promise<number> {
  const asked = await askAccount(connection, NEVER);
  if (!asked.ok) return end(`${asked.error.what}: ${asked.error.got ?? ''}`, 1);
  const { account: own, home, enabled } = asked.value;
  if (own !== account) return end(`these are credentials of ${own}: name that account to use it`, 2);
  const away = other ?? enabled.find(region => region !== home) ?? '';
  say(`account ${own}, from ${home} to ${away}`);
  // Different in each run, because AWS may still remember the tokens of removed objects.
  const seed = process.pid % 250;
  const raw = join(folder, 'raw');
  makeRaw(raw, 8 << 20, [
    { at: 0, bytes: Buffer.alloc(SNAPSHOT_BLOCK, seed + 1) },
    { at: 7 * SNAPSHOT_BLOCK, bytes: Buffer.from(new Date().toISOString()) },
  ]);
  mkdirSync(join(folder, 'cache'));
  await packDisk(rawDisk(raw), join(folder, 'disk'));
  const run = (refresh: boolean) => publishIn(own, home, away, refresh);
  let exit = 0;
  for (const refresh of [false, true]) {
    const { status, failures } = await run(refresh);
    say(`${refresh ? 'again' : 'published'}: ${status}`);
    for (const { label, what, where = '', got = '' } of failures) say(`${label}: ${what} (${where}) ${got}`);
    if (status !== 'done') exit = 1;
  }
  const list = await blockListOf(packedDisk(join(folder, 'disk')));
  for (const region of [home, away]) {
    const asking = { connection, region, signal: NEVER };
    const images = await ownImages(asking, { [TAG.project]: PROJECT });
    if (!images.ok) return end(`${images.error.what}: ${images.error.got ?? ''}`, 1);
    for (const { ImageId = '', State, BlockDeviceMappings = [] } of images.value) {
      const snapshot = BlockDeviceMappings[0]?.Ebs?.SnapshotId ?? '';
      const read = await readBack(asking, snapshot, list);
      const words = read.ok ? `${read.value.blocks} blocks, ${read.value.different.length} different` : read.error.what;
      const gone = await takeBack(asking, ImageId);
      say(`${region} ${ImageId} is ${State}; read back: ${words}; ${gone.ok ? gone.value : gone.error.what}`);
      if (!read.ok || read.value.different.length > 0 || !gone.ok || gone.value !== 'removed') exit = 1;
    }
    if (images.value.length !== 1) exit = end(`${region} has ${images.value.length} images of ${PROJECT}`, 1);
  }
  return end(exit === 0 ? 'all is as it should be, and nothing is left' : 'not all is as it should be', exit);
}

function publishIn(own: string, home: string, away: string, refresh: boolean) {
  const label = (name: string) => `//${name}` as Label;
  const disk = { label: label('disk'), output: 'file' };
  const image = { ...IMAGE, project: PROJECT, name: (revision: number) => `${PROJECT}-r${revision}` };
  const target = (region: string) =>
    targetAt(connection, region, {
      ...{ image, regions: [home, away], publicIn: [] },
      place: { account: own, region },
    });
  const [imported, copied] = [label('import'), label('copy')];
  const nodes = [
    sourceNode({ label: disk.label, path: join(folder, 'disk') }),
    importNode({ label: imported, disk, target: target(home) }),
    copyNode({ label: copied, disk, image: imported, target: target(away) }),
    publishNode({
      label: label('publish/home'),
      disk,
      image: imported,
      target: target(home),
      publication: PUBLICATION,
    }),
    publishNode({ label: label('publish/away'), disk, image: copied, target: target(away), publication: PUBLICATION }),
  ];
  const targets = ['publish/home', 'publish/away'].map(name => ({ label: label(name), outputs: [OBJECT] }));
  return buildObjects({ folder, nodes, targets, refresh }, NEVER, event => {
    if (event.type === 'pending') say(`${event.label} is under way`);
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function end(line: string, exit: number): number {
  say(line);
  return exit;
}
