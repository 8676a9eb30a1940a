/** What a configuration text says, with the place where it says it. Never a plain JavaScript object: keys are data, and `__proto__` is a key like any other. */

/** Line and column count from 1; columns are UTF-16 units, as editors count them. */
export interface Position {
  /** As it was given or found: absolute for a file that was loaded. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type HoconValue = HoconObject | HoconArray | HoconScalar;

export type HoconScalar = HoconString | HoconNumber | HoconBoolean | HoconNull;

interface Placed {
  /** Where the value is written, also if it came here through a substitution. */
  readonly at: Position;
  /**
   * An earlier statement for the same key, in the same object, was `null`. HOCON itself forgets that; layers that merge whole files must not,
   * because `repos = null` followed by `repos { … }` asks for lower layers to be dropped.
   */
  readonly resets: boolean;
}

export interface HoconObject extends Placed {
  readonly kind: 'object';
  /** In the order in which the keys were first written. */
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
  /** As it was written: `3.10` and `007` are not 3.1 and 7. */
  readonly text: string;
}

interface HoconBoolean extends Placed {
  readonly kind: 'boolean';
  readonly value: boolean;
}

interface HoconNull extends Placed {
  readonly kind: 'null';
}

/** `file:line:column`, as terminals and editors understand it. */
export function formatPosition(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`;
}
