/** The end of an import: the snapshot, from the bytes of the object, or what was wrong with it. Never converts a disk that is not laid out plainly. */

import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { BLOCK, GIB, newSnapshot } from '../snapshots.ts';
import type { ImportState } from '../world.ts';

export function finishImport(cloud: Cloud, caller: Caller, task: ImportState): void {
  const object = cloud.world.buckets[task.bucket]?.objects[task.key];
  const bytes =
    object === undefined ? undefined : Buffer.concat(object.pieces.map(({ digest }) => cloud.blocks.get(digest)));
  const disk = bytes === undefined ? undefined : diskOf(bytes, task.format);
  const wrong = task.ending?.message ?? (bytes === undefined ? GONE : disk === undefined ? UNSUPPORTED : undefined);
  if (wrong !== undefined || disk === undefined) {
    Object.assign(task, { status: 'deleting', message: wrong });
    return;
  }
  const snapshot = newSnapshot(
    cloud,
    { ...caller, ending: undefined },
    {
      state: 'completed',
      description: `Created by AWS-VMImport service for ${task.id}`,
      size: Math.max(1, Math.ceil(disk.length / GIB)),
      tags: {},
      kmsKey: task.kmsKey,
      blocks: blocksOf(cloud, disk),
    },
  );
  snapshot.finished = cloud.now();
  Object.assign(task, { status: 'completed', message: undefined, bytes: disk.length, snapshot: snapshot.id });
}

const GONE = 'ClientError: The object in the S3 bucket was not found';
const UNSUPPORTED = 'ClientError: Disk validation failed [Unsupported specified file format]';

/** A VHD of fixed size is the disk and, after it, 512 bytes that begin with `conectix` and have the type of disk, 2, at 60. */
function diskOf(bytes: Buffer, format: string): Buffer | undefined {
  if (format === 'RAW') return bytes;
  const footer = bytes.subarray(-512);
  if (format !== 'VHD' || footer.toString('latin1', 0, 8) !== 'conectix' || footer.readUInt32BE(60) !== 2)
    return undefined;
  return bytes.subarray(0, -512);
}

/** All but those of zeros. */
function blocksOf(cloud: Cloud, disk: Buffer): Record<number, string> {
  const blocks: Record<number, string> = {};
  for (let at = 0; at < disk.length; at += BLOCK) {
    const block = Buffer.alloc(BLOCK);
    disk.copy(block, 0, at, at + BLOCK);
    if (block.some(byte => byte !== 0)) blocks[at / BLOCK] = cloud.blocks.put(block);
  }
  return blocks;
}
