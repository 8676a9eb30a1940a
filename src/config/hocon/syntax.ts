/** The statements of one text, before includes are followed and substitutions resolved; immutable after parsing. */
import type { HoconScalar, Position } from './value.ts';

export type SyntaxNode = LiteralNode | ObjectNode | ArrayNode | SubstitutionNode | ConcatNode;

interface LiteralNode {
  readonly kind: 'literal';
  readonly at: Position;
  readonly value: HoconScalar;
}

export interface ObjectNode {
  readonly kind: 'object';
  readonly at: Position;
  readonly fields: readonly FieldNode[];
}

export interface ArrayNode {
  readonly kind: 'array';
  readonly at: Position;
  readonly items: readonly SyntaxNode[];
}

/** `${path}` or `${?path}`. */
export interface SubstitutionNode {
  readonly kind: 'substitution';
  readonly at: Position;
  readonly length: number;
  readonly path: readonly string[];
  readonly optional: boolean;
}

/** Adjacent values. If one part is a written object or array, no part is a literal: the parser has refused such mixtures. */
interface ConcatNode {
  readonly kind: 'concat';
  readonly at: Position;
  readonly parts: readonly ConcatPart[];
}

export interface ConcatPart {
  /** White space before the part; it matters between texts, and not between objects or arrays. */
  readonly space: string;
  readonly node: SyntaxNode;
}

export type FieldNode = SetField | IncludeField;

interface SetField {
  readonly kind: 'set';
  /** Position of the key. */
  readonly at: Position;
  readonly length: number;
  /** At least one key. */
  readonly path: readonly string[];
  /** `+=`: the value is appended as an item. */
  readonly append: boolean;
  readonly value: SyntaxNode;
}

export interface IncludeField {
  readonly kind: 'include';
  readonly at: Position;
  readonly length: number;
  readonly name: string;
  readonly required: boolean;
}

/** A value without references, which no other statement can change. */
export function isConstant(node: SyntaxNode): boolean {
  switch (node.kind) {
    case 'literal':
      return true;
    case 'array':
      return node.items.every(isConstant);
    case 'object':
      return node.fields.every(field => field.kind === 'set' && isConstant(field.value));
    case 'substitution':
    case 'concat':
      return false;
    default:
      return node satisfies never;
  }
}
