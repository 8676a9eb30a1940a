/** The `image` kind: a disk in the format that its cloud wants, written by aib's own deterministic writers, with its SHA-512. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { inProcessSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { packedDisk } from '../../formats/packed-disk.ts';
import { QCOW2_FORMAT_VERSION, writeQcow2 } from '../../formats/qcow2.ts';
import { copySparse, type Disk, RAW_FORMAT_VERSION } from '../../formats/raw.ts';
import { VHD_FORMAT_VERSION, writeVhd } from '../../formats/vhd.ts';
import { ok } from '../../util/result.ts';
import { identity } from '../identity.ts';

export interface ImageOptions {
  readonly label: Label;
  readonly config: ImageConfig;
  readonly epoch: number;
  readonly disk: Edge;
}

const FORMAT_VERSIONS: Readonly<Record<ImageConfig['imageFormat'], number>> = {
  qcow2: QCOW2_FORMAT_VERSION,
  vhd: VHD_FORMAT_VERSION,
  raw: RAW_FORMAT_VERSION,
};

export function imageNode({ label, config, epoch, disk }: ImageOptions): ActionNode {
  const { imageFormat, vhdType } = config;
  const uniqueId = identity(config.project, config.variant.name, 'vhd');
  return {
    type: 'action',
    label,
    kind: 'image',
    inputs: { disk },
    outputs: ['image', 'sha512'],
    prepare: artifacts =>
      ok({
        type: 'in-process',
        spec: inProcessSpec({
          kind: 'image',
          format: FORMAT_VERSIONS[imageFormat],
          parameters: {
            IMAGE_FORMAT: imageFormat,
            ...(imageFormat === 'vhd' ? { VHD_TYPE: vhdType, VHD_ID: uniqueId, VHD_TIME: String(epoch) } : {}),
          },
          inputs: new Map(Object.entries(artifacts)),
          outputs: { image: { type: 'file', path: 'image' }, sha512: { type: 'file', path: 'sha512' } },
        }),
        resources: { cpu: 1 },
        run: async context => {
          const target = join(context.folder, 'image');
          await writeImage(config, packedDisk(context.inputFile('disk')), target, { uniqueId, epoch });
          await writeFile(join(context.folder, 'sha512'), `${await sha512(target)}\n`);
          return ok(undefined);
        },
      }),
  };
}

async function writeImage(
  config: ImageConfig,
  source: Disk,
  target: string,
  ids: { readonly uniqueId: string; readonly epoch: number },
): Promise<void> {
  switch (config.imageFormat) {
    case 'qcow2':
      return writeQcow2(source, target, { compress: true });
    case 'vhd': {
      const uniqueId = Buffer.from(ids.uniqueId.replaceAll('-', ''), 'hex');
      return writeVhd(source, target, { type: config.vhdType, uniqueId, timestamp: ids.epoch });
    }
    case 'raw':
      return copySparse(source, target);
  }
}

async function sha512(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
