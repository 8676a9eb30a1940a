/** How much a configuration may ask for; far above what anyone writes by hand, and never so much that reading it could hang or crash. */

export interface HoconLimits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of all files together; a file that is included twice counts once. */
  readonly totalBytes: number;
  /** Include statements that are followed, repeated ones counted each time. */
  readonly includes: number;
  /** Files in one chain of includes. */
  readonly includeDepth: number;
  /** Objects and arrays inside each other, in the text and in the result. */
  readonly depth: number;
  /** Substitutions that lead to each other, and the objects and arrays on the way; half of what the stack has been seen to carry. */
  readonly references: number;
  /** Characters of keys and scalars in the result, counted as often as a reader meets them. */
  readonly expansion: number;
  /** Steps of resolving; reached only by texts that were made to take long. */
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
