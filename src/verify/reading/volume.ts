/**
 * The content of a partition, an archive or a packed file, in one form for all: facts as texts, for comparison. Must not depend on a
 * format.
 */
import type { Region } from './owned-region.ts';
import { type Bytes, type Piece, partOf } from './random-access.ts';

export interface VolumeFile {
  readonly path: string;
  /** Equal for all names of one file, and different for all other files; undefined for a file with only one name. */
  readonly identity?: string;
  /** All its metadata. */
  readonly facts: ReadonlyMap<string, string>;
  /** Only for files. */
  readonly size: number;
  /** Everything between the pieces is zeros. */
  readonly content: (() => Generator<Piece>) | undefined;
}

export interface Volume {
  readonly kind: string;
  readonly fields: ReadonlyMap<string, string>;
  /** By path; in stored order, if the order is part of the format. */
  readonly files: ReadonlyMap<string, VolumeFile>;
  /** Ordered by offset. */
  readonly regions: () => readonly Region[];
  /** Set if something was unpacked for reading. */
  readonly close?: () => void;
}

/** If two files have the same path, the last one wins, as when unpacking. */
export function byPath(files: readonly VolumeFile[]): ReadonlyMap<string, VolumeFile> {
  return new Map(files.map(file => [file.path, file]));
}

/** Without empty facts. */
export function factsOf(facts: readonly (readonly [name: string, value: string])[]): ReadonlyMap<string, string> {
  return new Map(facts.filter(([, value]) => value !== ''));
}

export function modeWords(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** A part of the bytes as a separate file. */
export function partFile(
  path: string,
  bytes: Bytes,
  { at, size }: { readonly at: number; readonly size: number },
  facts: ReadonlyMap<string, string> = new Map(),
): VolumeFile {
  return { path, facts, size, content: () => pieces(partOf(bytes, at, size)) };
}

const PIECE = 1 << 20;

export function* pieces(bytes: Bytes, from = 0): Generator<Piece> {
  for (let offset = from; offset < bytes.size; offset += PIECE)
    yield { offset, bytes: bytes.read(offset, Math.min(PIECE, bytes.size - offset)) };
}
