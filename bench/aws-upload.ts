/**
 * The speed of an upload to EBS: `node bench/aws-upload.ts`. Sends a disk with 128 MiB of data to the fake of AWS, which runs in a separate
 * process, and compares with a bare loop of the SDK's PutSnapshotBlock over the same blocks, with the same concurrency. Also a disk of 8
 * GiB with 512 MiB of data, for the memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type EBSClient, PutSnapshotBlockCommand, StartSnapshotCommand } from '@aws-sdk/client-ebs';
import { type AwsConnection, awsConnection } from '../src/clouds/aws/account/connection.ts';
import { sentBlocksOf } from '../src/clouds/aws/blocks/sent-blocks.ts';
import { SNAPSHOT_BLOCK, snapshotBlocks } from '../src/clouds/aws/blocks/snapshot-blocks.ts';
import { AT_A_TIME, uploadBlocks } from '../src/clouds/aws/blocks/upload.ts';
import type { Block, Disk } from '../src/formats/raw.ts';
import { aibHome } from '../src/util/files/home.ts';
import { median, table } from './harness.ts';

const REGION = 'eu-west-1';
const ROUNDS = 5;
const SPEED = { size: 128 << 20, every: 1 };
const MEMORY = { size: 8 * 2 ** 30, every: 16 };

export interface UploadFigures {
  /** Relative to the bare loop. */
  readonly ratio: number;
  /** Peak memory in MiB of the process that sent the disk of 8 GiB. */
  readonly peak: number;
  readonly lines: readonly string[];
}

export async function measureUpload(rounds: number): Promise<UploadFigures> {
  const fake = spawn(process.execPath, [...STRIP, join(aibHome(), 'test/fakes/aws/main.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const folder = mkdtempSync(join(tmpdir(), 'aib-bench-upload-'));
  try {
    const url = await firstLine(fake);
    const times = { own: [] as number[], bare: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      times.own.push(await own(url, folder, SPEED));
      times.bare.push(await bare(url, folder, SPEED));
    }
    const [ours, theirs] = [median(times.own), median(times.bare)];
    const peak = await peakOf(url, folder);
    const speed = (ms: number): string => ((SPEED.size >> 20) / (ms / 1_000)).toFixed(0);
    const rows = [
      ['', 'ms', 'MiB/s'],
      ['aib', ours.toFixed(0), speed(ours)],
      ['a bare loop of the SDK', theirs.toFixed(0), speed(theirs)],
    ];
    return {
      ratio: theirs / ours,
      peak,
      lines: [table(rows), `8 GiB, 512 MiB of it data: ${peak.toFixed(0)} MiB at most`],
    };
  } finally {
    fake.stdin?.end();
    await once(fake, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

const STRIP = ['--experimental-strip-types', '--no-warnings'];

interface Shape {
  readonly size: number;
  /** One block in this many has data. */
  readonly every: number;
}

/** Generated while it is read, so that the disk of this machine is not measured. */
function madeUpDisk({ size, every }: Shape): Disk {
  return {
    size: async () => size,
    async *blocks(blockSize): AsyncGenerator<Block> {
      const pattern = randomFillSync(Buffer.alloc(blockSize));
      for (let offset = 0; offset < size; offset += blockSize * every) {
        const bytes = Buffer.from(pattern);
        bytes.writeDoubleBE(offset, 0);
        yield { offset, bytes };
      }
    },
  };
}

function connect(url: string, folder: string): AwsConnection {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  return awsConnection({ memory: folder, client: { endpoint: url, credentials } });
}

async function start(client: EBSClient, { size }: Shape): Promise<string> {
  const { SnapshotId = '' } = await client.send(new StartSnapshotCommand({ VolumeSize: Math.ceil(size / 2 ** 30) }));
  return SnapshotId;
}

/** Milliseconds. */
async function own(url: string, folder: string, shape: Shape): Promise<number> {
  const connection = connect(url, folder);
  const client = connection.ebs(REGION);
  const snapshot = await start(client, shape);
  const began = performance.now();
  const uploaded = await uploadBlocks(snapshotBlocks(madeUpDisk(shape)), {
    client,
    snapshot,
    call: { region: REGION, policy: connection.policy, signal: new AbortController().signal },
    sent: sentBlocksOf(folder, snapshot),
    progress: () => {},
  });
  const took = performance.now() - began;
  connection.close();
  if (!uploaded.ok) throw new Error(uploaded.error.what);
  return took;
}

async function bare(url: string, folder: string, shape: Shape): Promise<number> {
  const connection = connect(url, folder);
  const client = connection.ebs(REGION);
  const SnapshotId = await start(client, shape);
  const blocks = madeUpDisk(shape).blocks(SNAPSHOT_BLOCK);
  const began = performance.now();
  const send = async (): Promise<void> => {
    for (let next = await blocks.next(); next.done !== true; next = await blocks.next()) {
      const { offset, bytes } = next.value;
      const Checksum = createHash('sha256').update(bytes).digest('base64');
      const about = { SnapshotId, BlockIndex: offset / SNAPSHOT_BLOCK, DataLength: bytes.byteLength };
      await client.send(
        new PutSnapshotBlockCommand({ ...about, BlockData: bytes, Checksum, ChecksumAlgorithm: 'SHA256' }),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, send));
  const took = performance.now() - began;
  connection.close();
  return took;
}

/** Measured in a process that does nothing else. */
async function peakOf(url: string, folder: string): Promise<number> {
  const child = spawn(process.execPath, [...STRIP, import.meta.filename, 'send', url, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const peak = Number(await firstLine(child));
  if (child.exitCode === null) await once(child, 'exit');
  return peak;
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('nothing is heard of it');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('it ended without a word');
}

if (import.meta.main) {
  const [, , what, url = '', folder = ''] = process.argv;
  if (what === 'send') {
    await own(url, folder, MEMORY);
    const [, peak = ''] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    process.stdout.write(`${Number(peak) / 1_024}\n`);
  } else {
    const { ratio, lines } = await measureUpload(ROUNDS);
    process.stdout.write(`${lines.join('\n')}\n${ratio.toFixed(2)} of the speed of the bare loop\n`);
  }
}
