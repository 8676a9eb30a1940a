/**
 * A publication against moto, another fake of AWS, so that the assumptions about AWS do not come from aib alone. Calls that moto does not
 * support go to aib's fake if they need no state; calls that need state are left out and reported.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DescribeImagesCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { expect, onTestFinished, test } from 'vitest';
import { readBack } from '../../src/clouds/aws/blocks/read-back.ts';
import { blockListOf } from '../../src/clouds/aws/blocks/snapshot-blocks.ts';
import { NONE, TAG } from '../../src/clouds/aws/image/aws-image.ts';
import { takeBack } from '../../src/clouds/aws/image/located.ts';
import { packedDisk } from '../../src/formats/packed-disk.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { startFakeAws } from '../fakes/aws/server.ts';
import { listen, stop } from '../local-server.ts';
import { report } from '../torture/rig.ts';
import { connect, HOME, IMAGE, makeDisk, REGIONS } from './aws-rig.ts';
import { publish } from './publish.ts';
import { NEVER } from './publish-rig.ts';

const MOTO = 'moto[ec2,ebs,s3,server]==5.2.5';
/** Calls that moto does not support and that need none of its state. */
const FILLED = ['GetImageBlockPublicAccessState', 'GetEbsEncryptionByDefault', 'GetServiceQuota'];
/** A publication through EBS direct, without a date of deprecation: moto supports neither such a date nor imports through S3. */
const PLAIN = { publication: { endOfLife: '' } };

test('images are published on a fake by others, and the second time changes nothing', {
  tags: ['full'],
  timeout: 600_000,
}, async context => {
  const folder = testFolder('moto');
  const tools = join(folder, 'tools');
  const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', tools, MOTO];
  if (spawnSync('python3', words, { encoding: 'utf8' }).status !== 0)
    return context.skip(`${MOTO} cannot be had from PyPI here`);
  const { url, counts } = await startMoto(tools);
  const disk = await makeDisk({ 0: 1, 2: 2, 7: 3, 15: 4 });
  copyFileSync(disk.path, join(folder, 'disk'));
  const run = (more: { readonly refresh?: boolean } = {}) =>
    publish({ folder, url, ...PLAIN, ...more }, NEVER, () => {});
  expect(await run()).toEqual({ status: 'done', failures: [] });

  const connection = connect(url, join(folder, 'reader'));
  onTestFinished(connection.close);
  for (const region of REGIONS) {
    const Filters = [{ Name: `tag:${TAG.project}`, Values: [IMAGE.project] }];
    const { Images = [] } = await connection.ec2(region).send(new DescribeImagesCommand({ Filters }));
    expect(Images).toMatchObject([{ Name: IMAGE.name(0), State: 'available', Public: true }]);
  }
  // Moto creates an additional snapshot for each image.
  const ours = [{ Name: `tag:${TAG.parent}`, Values: [NONE] }];
  const { Snapshots = [] } = await connection.ec2(HOME).send(new DescribeSnapshotsCommand({ Filters: ours }));
  expect(Snapshots).toHaveLength(1);
  const asking = { connection, region: HOME, signal: NEVER };
  const list = await blockListOf(packedDisk(disk.path));
  expect(await readBack(asking, Snapshots[0]?.SnapshotId ?? '', list)).toMatchObject({
    ...{ ok: true, value: { blocks: 4, different: [] } },
  });

  const before = { ...counts };
  expect(await run({ refresh: true })).toEqual({ status: 'done', failures: [] });
  const changes = Object.keys(counts).filter(
    action => !/^(Describe|Get|List)/.test(action) && counts[action] !== before[action],
  );
  expect(changes).toEqual([]);
  const { Images: [own] = [] } = await connection
    .ec2(HOME)
    .send(new DescribeImagesCommand({ Filters: [{ Name: `tag:${TAG.project}`, Values: [IMAGE.project] }] }));
  expect(await takeBack(asking, own?.ImageId ?? ''), 'it is published').toEqual({ ok: true, value: 'shared' });
  report('a publication on moto, by calls', counts);
});

/** A server in front of moto counts calls, and forwards those that moto does not support to aib's fake. */
async function startMoto(tools: string) {
  const port = await freePort();
  const fake = await startFakeAws();
  onTestFinished(fake.stop);
  const moto = spawn('python3', ['-S', '-m', 'moto.server', '-p', String(port)], {
    env: { ...process.env, PYTHONPATH: tools },
    stdio: 'ignore',
  });
  onTestFinished(() => void moto.kill('SIGKILL'));
  await answers(moto, port);
  const counts: Record<string, number> = {};
  const open = new Set<string>();
  /** Moto reports each snapshot as complete from the start. */
  const honest = (action: string, url: string | undefined, answer: Buffer): Buffer => {
    if (action === 'StartSnapshot') open.add(JSON.parse(answer.toString('utf8')).SnapshotId);
    if (action === 'CompleteSnapshot') open.delete(/[^/]+$/.exec(url ?? '')?.[0] ?? '');
    if (action !== 'DescribeSnapshots') return answer;
    const begun = [...open].join('|');
    const told = answer.toString('utf8');
    const words = new RegExp(`(<snapshotId>(?:${begun})</snapshotId>[^]*?<status>)completed`, 'g');
    return open.size === 0 ? answer : Buffer.from(told.replaceAll(words, '$1pending'));
  };
  const front = createServer((incoming, response) => void pass(incoming, response));
  const pass = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const action = actionOf(incoming, body);
    counts[action] = (counts[action] ?? 0) + 1;
    const place = new URL(FILLED.includes(action) ? fake.url : `http://127.0.0.1:${port}`);
    const { method, url, headers } = incoming;
    const reply = async (answer: IncomingMessage): Promise<void> => {
      const got: Buffer[] = [];
      for await (const chunk of answer) got.push(chunk as Buffer);
      const told = honest(action, url, Buffer.concat(got));
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': told.byteLength });
      response.end(told);
    };
    const to = { host: place.hostname, port: place.port, method, path: url, headers };
    const sent = request(to, answer => void reply(answer));
    sent.on('error', () => response.destroy());
    sent.end(body);
  };
  const url = await listen(front);
  onTestFinished(() => stop(front));
  return { url, counts };
}

function actionOf({ method, url = '', headers }: IncomingMessage, body: Buffer): string {
  const target = /\.(\w+)$/.exec(String(headers['x-amz-target'] ?? ''))?.[1];
  if (target !== undefined) return target;
  const asked = new URLSearchParams(body.byteLength < 10_000 ? body.toString('utf8') : '').get('Action');
  if (asked !== null) return asked;
  if (url.includes('/blocks/')) return method === 'PUT' ? 'PutSnapshotBlock' : 'GetSnapshotBlock';
  if (url.includes('/blocks')) return 'ListSnapshotBlocks';
  return url.includes('/completion/') ? 'CompleteSnapshot' : 'StartSnapshot';
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = new URL(await listen(server));
  await stop(server);
  return Number(port);
}

async function answers(moto: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 300 && moto.exitCode === null; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok === true) return;
    await setTimeout(200);
  }
  throw new Error('moto does not start');
}
