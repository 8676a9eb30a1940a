/**
 * A fake of AWS for tests: EC2, EBS direct, S3, STS and a little of SSM and Service Quotas on one loopback port. It supports what building
 * and publishing images needs, with the states, refusals and delays that a client must handle. It never waits, uses the network or checks a
 * signature.
 *
 * A request: body read → service and region from its signature → action and parameters read by the service → rights → faults → work → reply.
 *
 * Shapes come from the schemas of the SDK's clients, and boto3 reads them, too. Codes come from Amazon's documentation and from reports of
 * AWS users. Not confirmed with a real account: the codes for too many public images, for blocked public access, for making an encrypted
 * image public, and for an image of a pending snapshot; the meaning of a token whose snapshot was deleted; the texts of all messages except
 * those about roles, copies and formats.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { listen, stop } from '../../local-server.ts';
import { BlockStore } from './block-store.ts';
import { CallLog } from './call-log.ts';
import { Cloud } from './cloud.ts';
import { ebs } from './ebs/ebs.ts';
import { ec2 } from './ec2/ec2.ts';
import { type FaultKind, Faults, statusOf } from './faults.ts';
import { accountOf, checkRights, checkSignature, type ServiceName, unsigned } from './gate.ts';
import { rightsOf } from './rights.ts';
import { s3 } from './s3/s3.ts';
import { serviceQuotas } from './service-quotas.ts';
import { ssm } from './ssm.ts';
import { sts } from './sts.ts';
import { AwsError } from './wire/aws-error.ts';
import type { Reply, Service, WireRequest } from './wire/exchange.ts';
import { readSignature } from './wire/signature.ts';
import { emptyWorld, type World } from './world.ts';

export interface FakeAwsOptions {
  /** A folder that `save` wrote. */
  readonly from?: string;
  /** A folder for the bytes, instead of memory. */
  readonly blocks?: string;
  readonly seed?: string;
  readonly now?: () => number;
  /** Awaited when each call arrives and again after its work, before the reply; a test can end the client there. */
  readonly moment?: (call: { readonly action: string; readonly region: string; readonly applied: boolean }) => unknown;
}

export interface FakeAws {
  readonly url: string;
  readonly log: CallLog;
  readonly faults: Faults;
  readonly world: World;
  /** The bytes of blocks and objects, by digest. */
  readonly blocks: BlockStore;
  /** Writes everything to a folder, from which another fake can start. */
  readonly save: (folder: string) => void;
  readonly stop: () => Promise<void>;
}

const SERVICES: Readonly<Record<ServiceName, Service>> = { ec2, ebs, s3, servicequotas: serviceQuotas, ssm, sts };

export async function startFakeAws(options: FakeAwsOptions = {}): Promise<FakeAws> {
  const { from, seed = 'aws', now = Date.now } = options;
  const world = from === undefined ? emptyWorld(seed) : (JSON.parse(readFileSync(join(from, STATE), 'utf8')) as World);
  const kept = options.blocks ?? (from === undefined ? undefined : join(from, BLOCKS));
  const parts: Parts = {
    cloud: new Cloud(world, new BlockStore(kept), now),
    log: new CallLog(),
    faults: new Faults(),
    moment: options.moment ?? (() => {}),
  };
  const server = createServer((request, response) => void serve(parts, request, response));
  const url = await listen(server);
  return {
    url,
    log: parts.log,
    faults: parts.faults,
    world,
    blocks: parts.cloud.blocks,
    save: folder => {
      mkdirSync(folder, { recursive: true });
      parts.cloud.blocks.saveTo(join(folder, BLOCKS));
      writeFileSync(join(folder, `${STATE}.part`), JSON.stringify(world));
      renameSync(join(folder, `${STATE}.part`), join(folder, STATE));
    },
    stop: () => stop(server),
  };
}

const STATE = 'state.json';
const BLOCKS = 'blocks';

interface Parts {
  readonly cloud: Cloud;
  readonly log: CallLog;
  readonly faults: Faults;
  readonly moment: NonNullable<FakeAwsOptions['moment']>;
}

async function serve(parts: Parts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const reply = await answer(parts, await readRequest(incoming));
    if (reply === 'cut') return void response.destroy();
    const date = new Date(parts.cloud.now()).toUTCString();
    const length = { 'content-length': String(Buffer.byteLength(reply.body)) };
    response.writeHead(reply.status, { date, server: 'fake-of-aws', ...length, ...reply.headers });
    response.end(incoming.method === 'HEAD' ? undefined : reply.body);
  } catch (error) {
    // A client may disconnect; any other error is a bug of the fake, and must be visible.
    if (incoming.destroyed && !incoming.complete) return;
    console.error(error);
    response.destroy();
  }
}

async function answer(parts: Parts, request: WireRequest): Promise<Reply | 'cut'> {
  const { cloud, log, faults, moment } = parts;
  const { settings } = cloud.world;
  const requestId = uuid(cloud.random());
  const signature = readSignature(request);
  const service = signature === undefined ? guess(request) : serviceOf(signature.service);
  if (service === undefined) return { status: 404, headers: {}, body: '' };
  if (signature === undefined) return SERVICES[service].fail(unsigned(service), requestId, request);

  const { region } = signature;
  const account = accountOf(settings, signature.accessKey);
  const call = { service, region, account, at: cloud.now(), status: 0, code: undefined, applied: false };
  const entry = { ...call, action: '', parameters: {} as Readonly<Record<string, unknown>> };
  const refuse = (error: unknown): Reply => {
    if (!(error instanceof AwsError)) throw error;
    Object.assign(entry, { status: error.status, code: error.code });
    return SERVICES[service].fail(error, requestId, request);
  };
  log.add(entry);
  let reply: Reply;
  let fault: FaultKind | undefined;
  try {
    const { action, parameters, run } = SERVICES[service].read(request);
    Object.assign(entry, { action, parameters });
    await moment({ action, region, applied: false });
    checkSignature(service, signature, settings, cloud.now());
    checkRights(service, { rights: rightsOf(service, action, parameters), region, account }, settings);
    fault = faults.next(action, region);
    if (fault?.type === 'cut' && !fault.applied) return 'cut';
    if (fault?.type === 'error' && fault.applied !== true) return refuse(errorOf(fault));
    reply = run(cloud, { account, region, requestId, ending: fault?.type === 'ending' ? fault.ending : undefined });
    entry.applied = true;
    await moment({ action, region, applied: true });
  } catch (error) {
    return refuse(error);
  }
  if (fault?.type === 'cut') return 'cut';
  if (fault?.type === 'error') return refuse(errorOf(fault));
  entry.status = reply.status;
  return reply;
}

function errorOf({ code, status, message }: Extract<FaultKind, { type: 'error' }>): AwsError {
  return new AwsError(code, message ?? `${code}, as the script of the test has it`, {
    status: status ?? statusOf(code),
  });
}

async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost');
  return {
    method: incoming.method ?? '',
    path: decodeURIComponent(pathname),
    query: searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  };
}

function serviceOf(name: string): ServiceName | undefined {
  return name in SERVICES ? (name as ServiceName) : undefined;
}

/** The service that refuses a request without a service name. */
function guess({ method, path, headers }: WireRequest): ServiceName {
  if (method === 'POST' && path === '/' && headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    return 'ec2';
  return path === '/snapshots' || path.startsWith('/snapshots/') ? 'ebs' : 's3';
}

function uuid(digits: string): string {
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-');
}
