/**
 * The files for the user: `.cache/images/<cloud>/<name>/<name>.<extension>`, a link into the store, and beside it `.sha512`, metadata and
 * provenance, as far as they are here. Every build restores them if they differ. Never writes through a link.
 */
import { lstatSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { imageName } from '../../config/image/image-name.ts';
import type { Label, Outputs } from '../../engine/model/graph.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import { type Digest, digestOf, sameDigest } from '../../store/content/digest.ts';
import type { StatTuple } from '../../store/content/stat-tuple.ts';
import { followLinks } from '../../store/sources/follow-links.ts';
import type { Store } from '../../store/store.ts';
import type { Failure } from '../../util/failure.ts';
import { fileNameFault } from '../../util/files/file-name.ts';
import { makeFolder } from '../../util/files/make-folder.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { variantLabel } from '../labels.ts';
import { copyImages } from './image-copies.ts';
import type { Project } from './project.ts';

export interface LinkedImage {
  readonly variant: string;
  /** Path of the image. */
  readonly image: string;
  /** All its files and links, and the targets of the links, with their state directly after writing. */
  readonly files: ReadonlyMap<string, StatTuple>;
}

/** The image in its folder, and the known facts about it. */
export interface DescribedImage {
  readonly config: ImageConfig;
  readonly file: string;
  readonly sha256: string;
  /** Undefined if it is no longer known. */
  readonly sha512: string | undefined;
  /** The previous text of its provenance. */
  readonly before: string | undefined;
}

export interface LinkRequest {
  readonly project: Project;
  readonly store: Store;
  readonly outputs: ReadonlyMap<Label, Outputs>;
  /** Names of variants; variants without a built image are skipped. */
  readonly variants: readonly string[];
  /** Rejects with its reason when aborted. */
  readonly signal: AbortSignal;
  /** Returns the text of the provenance; without this function none is written. */
  readonly provenance?: (image: DescribedImage) => Promise<string>;
  /** An additional folder for copies. */
  readonly copyTo?: string | undefined;
}

/** The suffix behind the name of the image. */
export const PROVENANCE = '.provenance.json';

export function imageFolder(store: Store, config: ImageConfig): string {
  return join(store.images, config.cloud, imageName(config, 0));
}

export async function linkImages(request: LinkRequest): Promise<Result<readonly LinkedImage[]>> {
  const { project, store, outputs } = request;
  const linked: LinkedImage[] = [];
  const isThere = async ({ digest }: Artifact): Promise<boolean> =>
    (await store.blobs.check(digest, request.signal)) === 'present';
  for (const config of project.configs) {
    const variant = config.variant.name;
    if (!request.variants.includes(variant)) continue;
    const { image, sha512 } = outputs.get(variantLabel(variant, 'image')) ?? {};
    const { metadata } = outputs.get(variantLabel(variant, 'metadata')) ?? {};
    if (image === undefined || sha512 === undefined || metadata === undefined) continue;
    if (!(await isThere(image))) continue;
    const name = imageName(config, 0);
    const file = `${name}.${config.imageFormat}`;
    for (const part of [config.cloud, name, `${name}${PROVENANCE}`, `${file}.sha512`]) {
      const fault = fileNameFault(part);
      if (fault !== undefined) return fail(unusable(variant, part, fault));
    }
    const folder = imageFolder(store, config);
    makeFolder(folder);
    link(store.blobs.path(image.digest), join(folder, file));
    const files = [join(folder, file)];
    // If only the image or something made from it was requested, the other outputs may be absent.
    const description = join(folder, `${name}.json`);
    if (await isThere(metadata)) {
      link(store.blobs.path(metadata.digest), description);
      files.push(description);
    } else rmSync(description, { force: true });
    const sumFile = join(folder, `${file}.sha512`);
    const sum = (await isThere(sha512))
      ? (await store.blobs.read(sha512.digest)).toString('utf8').trim()
      : knownSum(sumFile, sha512.digest);
    if (sum !== undefined) {
      write(sumFile, `${sum}  ${file}\n`);
      files.push(sumFile);
    } else rmSync(sumFile, { force: true });
    if (request.provenance !== undefined) {
      const path = join(folder, `${name}${PROVENANCE}`);
      const described = { config, file, sha256: image.digest.hash, sha512: sum, before: textIn(path) };
      write(path, await request.provenance(described));
      files.push(path);
    }
    const made = new Map(files.flatMap(path => [...followLinks(path)]));
    if (request.copyTo === undefined) {
      linked.push({ variant, image: join(folder, file), files: made });
      continue;
    }
    const copied = await copyImages(files, request.copyTo, request.signal);
    if (!copied.ok) return copied;
    linked.push({ variant, image: join(request.copyTo, file), files: new Map([...made, ...copied.value]) });
  }
  return ok(linked);
}

/** The checksum from an existing file, if it is that of this image: for images without a checksum in the store. */
function knownSum(path: string, digest: Digest): string | undefined {
  const sum = textIn(path)?.split(' ')[0] ?? '';
  return sameDigest(digestOf(`${sum}\n`), digest) ? sum : undefined;
}

/** The check of the configuration finds this earlier; this is only a safeguard. */
function unusable(variant: string, name: string, fault: string): Failure {
  return {
    code: 'AIB_CONFIG_PATH',
    what: 'The name of an image is not a valid file name',
    where: variant,
    got: `${JSON.stringify(name)}: ${fault}`,
  };
}

function link(blob: string, path: string): void {
  const target = relative(dirname(path), blob);
  if (isLinkTo(path, target)) return;
  const temporary = `${path}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, path);
}

function isLinkTo(path: string, target: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isSymbolicLink() === true && readlinkSync(path) === target;
}

/** The text of a file; undefined for a link. */
function textIn(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, 'utf8') : undefined;
}

function write(path: string, content: string): void {
  if (textIn(path) === content) return;
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
