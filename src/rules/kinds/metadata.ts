/**
 * The `metadata` kind: the description of an image, for users and clouds. It is a separate node, so that a new description does not rebuild
 * the image.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedRelease } from '../../alpine/locking/lock.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { imageName } from '../../config/image/image-name.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { type Program, parameterOf } from '../../engine/run/program.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import { internal } from '../../util/failure.ts';
import { ok } from '../../util/result.ts';
import type { VariantKind } from '../kind.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

const FORMAT = 2;

export interface MetadataOptions {
  readonly label: Label;
  readonly config: ImageConfig;
  readonly release: LockedRelease;
  readonly revision: number;
  /** Name of the trust root of the mirror. */
  readonly root: string;
  readonly disk: Edge;
  readonly installed: Edge;
  readonly image: Edge;
  readonly sha512: Edge;
  readonly releaseFacts: Edge;
}

interface ImageFacts extends Pick<MetadataOptions, 'config' | 'release' | 'revision' | 'root'> {
  readonly diskBytes: Artifact;
  readonly imageBytes: Artifact;
}

const PARAMETERS = {
  NAME: {
    words: 'the name of the image',
    settings: ['name'],
    value: ({ config, revision }) => imageName(config, revision),
  },
  LABEL: { words: 'the label', value: ({ config }) => config.variant.name },
  DESCRIPTION: { words: 'the description', settings: ['description'], value: ({ config }) => config.description },
  PROJECT: { words: 'the project', settings: ['project'], value: ({ config }) => config.project },
  VERSION: { words: 'the version', value: ({ config }) => config.version },
  RELEASE: { words: 'the release', locked: true, value: ({ release }) => release.release },
  END_OF_LIFE: {
    words: 'the end of life of the version',
    settings: ['end_of_life'],
    locked: true,
    value: ({ release }) => release.endOfLife,
  },
  ARCH: { words: 'the architecture', value: ({ config }) => config.arch },
  FIRMWARE: { words: 'the firmware', value: ({ config }) => config.firmware },
  BOOTSTRAP: {
    words: 'the bootstrap system',
    value: ({ config }) => config.variant.variant.keys.get('bootstrap') ?? '',
  },
  MACHINE: {
    words: 'the type of machine',
    value: ({ config }) => config.variant.variant.keys.get('machine') ?? 'vm',
  },
  CLOUD: { words: 'the cloud', value: ({ config }) => config.cloud },
  LOGIN: { words: 'the login user', settings: ['login'], value: ({ config }) => config.login },
  REVISION: { words: 'the revision', value: ({ revision }) => String(revision) },
  IMAGE_FORMAT: {
    words: 'the format of the image',
    settings: ['image_format'],
    value: ({ config }) => config.imageFormat,
  },
  TRUST_ROOT: { words: 'the trusted keys', value: ({ root }) => root },
  DISK_SHA256: { words: 'the content of the disk', value: ({ diskBytes }) => diskBytes.digest.hash },
  DISK_SIZE: { words: 'the size of the disk', value: ({ diskBytes }) => String(diskBytes.digest.size) },
  IMAGE_SHA256: { words: 'the content of the image', value: ({ imageBytes }) => imageBytes.digest.hash },
  IMAGE_SIZE: { words: 'the size of the image', value: ({ imageBytes }) => String(imageBytes.digest.size) },
} satisfies ParameterTable<ImageFacts>;

export const METADATA_KIND = { shared: false, needs: 'machine', parameters: PARAMETERS } satisfies VariantKind;

export function metadataNode(options: MetadataOptions): ActionNode {
  return {
    type: 'action',
    label: options.label,
    kind: 'metadata',
    inputs: {
      disk: options.disk,
      image: options.image,
      installed: options.installed,
      sha512: options.sha512,
      release: options.releaseFacts,
    },
    outputs: ['metadata'],
    prepare: artifacts => {
      // Uses the digests of disk and image; their bytes may be absent.
      const { installed, sha512, release: facts, disk, image } = artifacts;
      if (
        installed === undefined ||
        sha512 === undefined ||
        facts === undefined ||
        disk === undefined ||
        image === undefined
      ) {
        throw internal(`missing input of ${options.label}`);
      }
      return ok({
        sort: 'builtin',
        spec: programSpec({
          kind: 'metadata',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, { ...options, diskBytes: disk, imageBytes: image }),
          inputs: new Map(Object.entries({ installed, sha512, release: facts })),
          outputs: { metadata: { type: 'file', path: 'metadata.json' } },
        }),
        resources: {},
      });
    },
  };
}

export const makeMetadata: Program = async context => {
  const of = (name: keyof typeof PARAMETERS): string => parameterOf(context, name);
  const text = (input: string): string => readFileSync(context.inputFile(input), 'utf8');
  const metadata = {
    name: of('NAME'),
    label: of('LABEL'),
    description: of('DESCRIPTION'),
    project: of('PROJECT'),
    version: of('VERSION'),
    release: of('RELEASE'),
    end_of_life: of('END_OF_LIFE'),
    arch: of('ARCH'),
    firmware: of('FIRMWARE'),
    bootstrap: of('BOOTSTRAP'),
    machine: of('MACHINE'),
    cloud: of('CLOUD'),
    login: of('LOGIN'),
    revision: Number(of('REVISION')),
    mirror_root: of('TRUST_ROOT'),
    disk: { sha256: of('DISK_SHA256'), size: Number(of('DISK_SIZE')) },
    image: {
      format: of('IMAGE_FORMAT'),
      sha256: of('IMAGE_SHA256'),
      sha512: text('sha512').trim(),
      size: Number(of('IMAGE_SIZE')),
    },
    packages: installedPackages(text('installed')),
  };
  writeFileSync(join(context.folder, 'metadata.json'), `${JSON.stringify(metadata, undefined, 2)}\n`);
  return ok(undefined);
};

/** Name and version of each package, by name, from apk's database. */
function installedPackages(database: string): Readonly<Record<string, string>> {
  const packages = new Map<string, string>();
  for (const record of database.split('\n\n')) {
    const name = /^P:(.+)$/m.exec(record)?.[1];
    const version = /^V:(.+)$/m.exec(record)?.[1];
    if (name !== undefined && version !== undefined) packages.set(name, version);
  }
  return Object.fromEntries([...packages].sort(([a], [b]) => (a < b ? -1 : 1)));
}
