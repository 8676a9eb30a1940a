/** Joins adjacent resolved values: texts to a text, arrays to an array. Mixed kinds are a failure. */
import { internal } from '../../util/failure.ts';
import type { Meter } from './meter.ts';
import { Problem } from './problem.ts';
import type { SyntaxNode } from './syntax.ts';
import type { HoconArray, HoconObject, HoconValue, Position } from './value.ts';

export interface ResolvedPart {
  readonly space: string;
  readonly node: SyntaxNode;
  /** Undefined for an optional substitution without a value. */
  readonly value: HoconValue | undefined;
}

/** Returns objects unmerged, for the caller to merge; undefined if no part has a value. */
export function join(
  parts: readonly ResolvedPart[],
  at: Position,
  meter: Meter,
): HoconValue | readonly HoconObject[] | undefined {
  const values = parts.flatMap(part => (part.value === undefined ? [] : [part.value]));
  if (values.length === 0) return undefined;
  const objects = values.filter(value => value.kind === 'object');
  if (objects.length === values.length) return objects;
  const arrays = values.filter(value => value.kind === 'array');
  if (arrays.length === values.length) return joinArrays(arrays, at, meter);
  if (objects.length + arrays.length > 0) throw mixed(parts);
  return joinTexts(parts, at, meter);
}

/** A scalar as part of a text. */
function textOf(value: HoconValue): string {
  switch (value.kind) {
    case 'string':
      return value.value;
    case 'number':
      return value.text;
    case 'boolean':
      return String(value.value);
    case 'null':
      return 'null';
    case 'object':
    case 'array':
      throw internal(`an ${value.kind} in a text`);
    default:
      return value satisfies never;
  }
}

function joinArrays(arrays: readonly HoconArray[], at: Position, meter: Meter): HoconArray {
  meter.length(
    arrays.reduce((sum, array) => sum + array.items.length, 0),
    at,
  );
  return meter.array(
    arrays.flatMap(array => array.items),
    at,
  );
}

function joinTexts(parts: readonly ResolvedPart[], at: Position, meter: Meter): HoconValue {
  const texts = parts.map((part, index) => (index === 0 ? '' : part.space) + (part.value ? textOf(part.value) : ''));
  meter.length(
    texts.reduce((sum, text) => sum + text.length, 0),
    at,
  );
  return { kind: 'string', value: texts.join(''), at, resets: false };
}

function mixed(parts: readonly ResolvedPart[]): Problem {
  const first = parts.find(part => part.value !== undefined);
  const other = parts.find(part => part.value !== undefined && kindOf(part) !== (first ? kindOf(first) : ''));
  const culprit = other?.node.kind === 'substitution' || first === undefined ? (other ?? first) : first;
  return new Problem('AIB_CONFIG_SUBSTITUTION', {
    what: `${first ? kindOf(first) : ''} and ${other ? kindOf(other) : ''} cannot be joined to one value`,
    ...(culprit === undefined ? {} : { at: culprit.node.at }),
    length: culprit?.node.kind === 'substitution' ? culprit.node.length : 1,
    hint: 'join only texts with texts, arrays with arrays, objects with objects',
  });
}

function kindOf({ value }: ResolvedPart): string {
  if (value?.kind === 'object') return 'an object';
  return value?.kind === 'array' ? 'an array' : 'text';
}
