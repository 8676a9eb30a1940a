/** What a partition, an archive or a packed file holds, in one form for all: facts in words, by which two are compared. Never knows a format. */
import type { Region } from './owned-region.ts';
import { type Bytes, type Piece, partOf } from './random-access.ts';

export interface VolumeFile {
  readonly path: string;
  /** The same for all names of one file, and for nothing else of the volume; undefined for a file that has one name. */
  readonly identity?: string;
  /** All that it says of itself but for its content. */
  readonly facts: ReadonlyMap<string, string>;
  /** Of files alone. */
  readonly size: number;
  /** What is not among the pieces is zeros. */
  readonly content: (() => Generator<Piece>) | undefined;
}

export interface Volume {
  readonly kind: string;
  readonly fields: ReadonlyMap<string, string>;
  /** By path, in the order in which they are stored, where that is part of the format. */
  readonly files: ReadonlyMap<string, VolumeFile>;
  /** In order of their places. */
  readonly regions: () => readonly Region[];
  /** Where something was unpacked to read it. */
  readonly close?: () => void;
}

/** Of two with one path, the last is what comes of unpacking them. */
export function byPath(files: readonly VolumeFile[]): ReadonlyMap<string, VolumeFile> {
  return new Map(files.map(file => [file.path, file]));
}

/** But for those that say nothing. */
export function factsOf(facts: readonly (readonly [name: string, value: string])[]): ReadonlyMap<string, string> {
  return new Map(facts.filter(([, value]) => value !== ''));
}

export function modeWords(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** A part of something as a file of its own. */
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
