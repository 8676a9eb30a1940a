/** Limits of a configuration: far above any configuration written by hand, but low enough that reading it cannot hang or crash. */

export interface HoconLimits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of all files together; a file that is included twice counts once. */
  readonly totalBytes: number;
  /** Number of includes; a repeated one counts each time. */
  readonly includes: number;
  /** Files in one chain of includes. */
  readonly includeDepth: number;
  /** Objects and arrays inside each other, in the text and in the result. */
  readonly depth: number;
  /** A chain of substitutions, with the objects and arrays on the way; half of what the stack supported in tests. */
  readonly references: number;
  /** Characters of keys and scalars in the result; a shared part counts each time that it appears. */
  readonly expansion: number;
  /** Steps of resolving; only texts that are designed to be slow reach it. */
  readonly steps: number;
}

const MIB = 1 << 20;

export const defaultLimits: HoconLimits = {
  fileBytes: 2 * MIB,
  totalBytes: 8 * MIB,
  includes: 2_000,
  includeDepth: 32,
  depth: 100,
  references: 250,
  expansion: 4 * MIB,
  steps: 4_000_000,
};
