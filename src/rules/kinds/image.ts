/** The `image` kind: a disk in the format for its cloud, written by aib's deterministic writers, with its SHA-512. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { ImageFormat } from '../../config/tree/schema.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { type Program, type ProgramContext, parameterOf } from '../../engine/run/program.ts';
import { packedDisk } from '../../formats/packed-disk.ts';
import { QCOW2_FORMAT_VERSION, writeQcow2 } from '../../formats/qcow2.ts';
import { copySparse, type Disk, RAW_FORMAT_VERSION } from '../../formats/raw.ts';
import { VHD_FORMAT_VERSION, writeVhd } from '../../formats/vhd.ts';
import { type Failure, internal } from '../../util/failure.ts';
import { fail, ok } from '../../util/result.ts';
import { identity } from '../identity.ts';
import type { VariantKind } from '../kind.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

export interface ImageOptions {
  readonly label: Label;
  readonly config: ImageConfig;
  readonly epoch: number;
  readonly disk: Edge;
}

type MadeFormat = Exclude<ImageFormat, 'raw.tar.gz'>;

const FORMAT_VERSIONS: Readonly<Record<MadeFormat, number>> = {
  qcow2: QCOW2_FORMAT_VERSION,
  vhd: VHD_FORMAT_VERSION,
  raw: RAW_FORMAT_VERSION,
};

const PARAMETERS = {
  IMAGE_FORMAT: {
    words: 'the format of the image',
    settings: ['image_format'],
    value: ({ config }) => config.imageFormat,
  },
} satisfies ParameterTable<ImageOptions>;

/** Only for a VHD. */
const VHD_PARAMETERS = {
  VHD_TYPE: {
    words: 'the type of the VHD',
    settings: ['image_format_opts'],
    value: ({ config }) => config.vhdType,
  },
  VHD_ID: {
    words: 'the identifier of the VHD',
    settings: ['project'],
    value: ({ config }) => identity(config.project, config.variant.name, 'vhd'),
  },
  VHD_TIME: {
    words: "the date of the release, the VHD's time",
    locked: true,
    value: ({ epoch }) => String(epoch),
  },
} satisfies ParameterTable<ImageOptions>;

export const IMAGE_KIND = {
  shared: false,
  needs: 'machine',
  isCachedRemotely: true,
  parameters: { ...PARAMETERS, ...VHD_PARAMETERS },
} satisfies VariantKind;

export function imageNode(options: ImageOptions): ActionNode {
  const { label, config, disk } = options;
  return {
    type: 'action',
    label,
    kind: 'image',
    inputs: { disk },
    outputs: ['image', 'sha512'],
    prepare: artifacts => {
      const { imageFormat } = config;
      if (!isMade(imageFormat)) return fail(unmade(imageFormat, label));
      return ok({
        sort: 'builtin',
        spec: programSpec({
          kind: 'image',
          format: FORMAT_VERSIONS[imageFormat],
          parameters: {
            ...valuesOf(PARAMETERS, options),
            ...(imageFormat === 'vhd' ? valuesOf(VHD_PARAMETERS, options) : {}),
          },
          inputs: new Map(Object.entries(artifacts)),
          outputs: { image: { type: 'file', path: 'image' }, sha512: { type: 'file', path: 'sha512' } },
        }),
        resources: { cpu: 1 },
      });
    },
  };
}

export function isMade(format: string): format is MadeFormat {
  return Object.hasOwn(FORMAT_VERSIONS, format);
}

export function unmade(format: string, where: Label): Failure {
  return {
    code: 'AIB_IMAGE_FORMAT',
    what: `The image format ${format} is not supported`,
    where,
    got: `supported formats: ${Object.keys(FORMAT_VERSIONS).join(', ')}`,
  };
}

export const makeImage: Program = async context => {
  const target = join(context.folder, 'image');
  await writeImage(context, packedDisk(context.inputFile('disk')), target);
  await writeFile(join(context.folder, 'sha512'), `${await sha512(target)}\n`);
  return ok(undefined);
};

async function writeImage(context: ProgramContext, source: Disk, target: string): Promise<void> {
  const format = parameterOf(context, 'IMAGE_FORMAT') as MadeFormat;
  switch (format) {
    case 'qcow2':
      return writeQcow2(source, target, { compress: true });
    case 'vhd':
      return writeVhd(source, target, {
        type: parameterOf(context, 'VHD_TYPE') as ImageConfig['vhdType'],
        uniqueId: Buffer.from(parameterOf(context, 'VHD_ID').replaceAll('-', ''), 'hex'),
        timestamp: Number(parameterOf(context, 'VHD_TIME')),
      });
    case 'raw':
      return copySparse(source, target);
    default:
      throw internal(`unknown image format: ${format satisfies never}`);
  }
}

async function sha512(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
