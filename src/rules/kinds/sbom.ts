/**
 * The `sbom` kind: the software bill of materials of an image, from the package database of the finished system, as CycloneDX and as SPDX.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedRelease } from '../../alpine/locking/lock.ts';
import { type IndexPackage, parseApkIndex } from '../../alpine/package/apkindex.ts';
import { parseDependency } from '../../alpine/package/dependency.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { imageName } from '../../config/image/image-name.ts';
import { type Output, programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { type Program, parameterOf } from '../../engine/run/program.ts';
import { writeCycloneDx } from '../../formats/sbom/cyclonedx.ts';
import type { Software, SoftwarePackage } from '../../formats/sbom/software.ts';
import { writeSpdx } from '../../formats/sbom/spdx.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { internal } from '../../util/failure.ts';
import { ok, type Result } from '../../util/result.ts';
import { identity } from '../identity.ts';
import type { VariantKind } from '../kind.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

const FORMAT = 1;

/** The outputs: one document in each format. */
export const SBOM_FORMS = ['cyclonedx', 'spdx'] as const;

export type SbomForm = (typeof SBOM_FORMS)[number];

export interface SbomOptions {
  readonly label: Label;
  readonly config: ImageConfig;
  readonly release: LockedRelease;
  readonly revision: number;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly image: Edge;
  /** The package database. */
  readonly installed: Edge;
}

type SbomFacts = Pick<SbomOptions, 'config' | 'release' | 'revision' | 'epoch'> & { readonly imageBytes: Artifact };

const PARAMETERS = {
  NAME: {
    words: 'the name of the image',
    settings: ['name'],
    value: ({ config, revision }) => imageName(config, revision),
  },
  RELEASE: { words: 'the release', locked: true, value: ({ release }) => release.release },
  EPOCH: { words: 'the date of the release', locked: true, value: ({ epoch }) => String(epoch) },
  IMAGE_SHA256: { words: 'the content of the image', value: ({ imageBytes }) => imageBytes.digest.hash },
  DOCUMENT_ID: {
    words: 'the identifier of the document',
    value: ({ config, imageBytes }) => identity(config.project, config.variant.name, `sbom ${imageBytes.digest.hash}`),
  },
} satisfies ParameterTable<SbomFacts>;

export const SBOM_KIND = { shared: false, needs: 'machine', parameters: PARAMETERS } satisfies VariantKind;

export function sbomNode(options: SbomOptions): ActionNode {
  const { label, image, installed } = options;
  return {
    type: 'action',
    label,
    kind: 'sbom',
    inputs: { image, installed },
    outputs: SBOM_FORMS,
    prepare: artifacts => {
      // Uses only the digest of the image.
      const { image: imageBytes, installed: database } = artifacts;
      if (imageBytes === undefined || database === undefined) throw internal(`missing input of ${label}`);
      return ok({
        sort: 'builtin',
        spec: programSpec({
          kind: 'sbom',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, { ...options, imageBytes }),
          inputs: new Map([['installed', database]]),
          outputs: {
            cyclonedx: { type: 'file', path: 'sbom.cdx.json' },
            spdx: { type: 'file', path: 'sbom.spdx.json' },
          } satisfies Record<SbomForm, Output>,
        }),
        resources: {},
      });
    },
  };
}

export const makeSbom: Program = async context => {
  const of = (name: keyof typeof PARAMETERS): string => parameterOf(context, name);
  const packages = softwareIn(readFileSync(context.inputFile('installed'), 'utf8'));
  if (!packages.ok) return packages;
  const software: Software = {
    name: of('NAME'),
    release: of('RELEASE'),
    epoch: Number(of('EPOCH')),
    id: of('DOCUMENT_ID'),
    sha256: of('IMAGE_SHA256'),
    packages: packages.value,
  };
  writeFileSync(join(context.folder, 'sbom.cdx.json'), writeCycloneDx(software));
  writeFileSync(join(context.folder, 'sbom.spdx.json'), writeSpdx(software));
  return ok(undefined);
};

/** The packages of a database, by name, each with its dependencies among them. */
export function softwareIn(database: string): Result<readonly SoftwarePackage[]> {
  const read = parseApkIndex(database, 'lib/apk/db/installed');
  if (!read.ok) return read;
  const packages = read.value.toSorted((a, b) => compareUtf8(a.name, b.name));
  const givers = new Map<string, string[]>();
  for (const { name, provides } of packages) {
    for (const given of new Set([name, ...namesIn(provides)])) givers.set(given, [...(givers.get(given) ?? []), name]);
  }
  return ok(packages.map(entry => ({ ...factsOf(entry), needs: needsOf(entry, givers) })));
}

function factsOf(entry: IndexPackage): Omit<SoftwarePackage, 'needs'> {
  const { name, version, arch, description, url, license, origin, commit, checksum } = entry;
  return { name, version, arch, description, url, license, origin, commit, checksum };
}

function needsOf({ name, depends }: IndexPackage, givers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const needed = new Set(namesIn(depends).flatMap(wanted => givers.get(wanted) ?? []));
  needed.delete(name);
  return [...needed].sort(compareUtf8);
}

/** Without prohibitions. */
function namesIn(dependencies: readonly string[]): readonly string[] {
  return dependencies.flatMap(text => {
    const read = parseDependency(text);
    return read.ok && !read.value.conflict ? [read.value.name] : [];
  });
}
