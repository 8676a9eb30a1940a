/**
 * The values of a configuration, with their positions. Must not be plain JavaScript objects: keys are data, and `__proto__` is a normal
 * key.
 */

/** Line and column count from 1; columns are UTF-16 units, as editors count them. */
export interface Position {
  /** As passed or found: absolute for a loaded file. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type HoconValue = HoconObject | HoconArray | HoconScalar;

export type HoconScalar = HoconString | HoconNumber | HoconBoolean | HoconNull;

interface Placed {
  /** Where the value is written, even if it is used through a substitution. */
  readonly at: Position;
  /**
   * An earlier statement for the same key, in the same object, was `null`. HOCON itself ignores that; layers that merge whole files must not,
   * because `repos = null` followed by `repos { … }` means that lower layers are dropped.
   */
  readonly resets: boolean;
}

export interface HoconObject extends Placed {
  readonly kind: 'object';
  /** In the order of the first appearance of the keys. */
  readonly entries: ReadonlyMap<string, HoconValue>;
}

export interface HoconArray extends Placed {
  readonly kind: 'array';
  readonly items: readonly HoconValue[];
}

interface HoconString extends Placed {
  readonly kind: 'string';
  readonly value: string;
}

interface HoconNumber extends Placed {
  readonly kind: 'number';
  /** As written: `3.10` and `007` are not 3.1 and 7. */
  readonly text: string;
}

interface HoconBoolean extends Placed {
  readonly kind: 'boolean';
  readonly value: boolean;
}

interface HoconNull extends Placed {
  readonly kind: 'null';
}

/** `file:line:column`, the format of terminals and editors. */
export function formatPosition(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`;
}
