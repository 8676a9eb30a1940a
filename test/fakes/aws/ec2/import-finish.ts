/** The end of an import: the snapshot from the bytes of the object, or an error. Never converts a disk format other than raw and VHD. */

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

/** A VHD ends with 512 bytes that start with `conectix` and have the type of disk at 60: 2 for a fixed disk, 3 for a dynamic one. */
function diskOf(bytes: Buffer, format: string): Buffer | undefined {
  if (format === 'RAW') return bytes;
  const footer = bytes.subarray(-512);
  if (format !== 'VHD' || footer.toString('latin1', 0, 8) !== 'conectix') return undefined;
  const type = footer.readUInt32BE(60);
  if (type === 2) return bytes.subarray(0, -512);
  return type === 3 ? dynamicDisk(bytes, footer) : undefined;
}

/**
 * The footer has the place of the header, and the header that of the table: for each block the sector of its bitmap, followed by its bytes,
 * or all ones.
 */
function dynamicDisk(bytes: Buffer, footer: Buffer): Buffer | undefined {
  const header = bytes.subarray(Number(footer.readBigUInt64BE(16)));
  if (header.toString('latin1', 0, 8) !== 'cxsparse') return undefined;
  const table = Number(header.readBigUInt64BE(16));
  const [entries, size] = [header.readUInt32BE(28), header.readUInt32BE(32)];
  const disk = Buffer.alloc(Number(footer.readBigUInt64BE(48)));
  for (let index = 0; index < entries; index += 1) {
    const sector = bytes.readUInt32BE(table + index * 4);
    const at = (sector + 1) * 512;
    if (sector !== 0xffffffff) bytes.copy(disk, index * size, at, at + size);
  }
  return disk;
}

/** All blocks except those of zeros. */
function blocksOf(cloud: Cloud, disk: Buffer): Record<number, string> {
  const blocks: Record<number, string> = {};
  for (let at = 0; at < disk.length; at += BLOCK) {
    const block = Buffer.alloc(BLOCK);
    disk.copy(block, 0, at, at + BLOCK);
    if (block.some(byte => byte !== 0)) blocks[at / BLOCK] = cloud.blocks.put(block);
  }
  return blocks;
}
