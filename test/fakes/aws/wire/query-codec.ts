/**
 * The query protocol of EC2 and STS in both directions, with the schemas that the SDK's clients publish: a form to the input of an
 * operation, a result to XML. Never accepts a name that is not in the schema, like AWS.
 *
 * A form is flat: `Filter.1.Name=name&Filter.1.Value.1=a&Filter.1.Value.2=b`. A list has numbers from 1.
 */
import { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from './aws-error.ts';
import { escapeXml } from './xml.ts';

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/** The schema that a client exports, such as `RegisterImage$`. */
export interface OperationSchema {
  readonly 2: string;
  readonly 4: SchemaRef;
  readonly 5: SchemaRef;
}

export function readForm(operation: OperationSchema, form: URLSearchParams): unknown {
  const tree: Tree = { value: undefined, below: new Map() };
  for (const [name, value] of form) {
    if (name === 'Action' || name === 'Version') continue;
    let at = tree;
    for (const part of name.split('.')) {
      const next = at.below.get(part) ?? { value: undefined, below: new Map() };
      at.below.set(part, next);
      at = next;
    }
    at.value = value;
  }
  return readTree(NormalizedSchema.of(operation[4]), tree, '');
}

/** The members of a result, without an element around them. */
export function writeResult(operation: OperationSchema, result: unknown): string {
  return writeMembers(NormalizedSchema.of(operation[5]), result);
}

interface Tree {
  value: string | undefined;
  readonly below: Map<string, Tree>;
}

function readTree(schema: NormalizedSchema, tree: Tree, path: string): unknown {
  if (schema.isStructSchema()) return readStruct(schema, tree, path);
  if (schema.isListSchema()) {
    const entries = [...tree.below].sort(([a], [b]) => Number(a) - Number(b));
    return entries.map(([index, each]) => {
      if (!/^[1-9]\d*$/.test(index)) throw unknown(`${path}.${index}`);
      return readTree(schema.getValueSchema(), each, `${path}.${index}`);
    });
  }
  return readScalar(schema, tree.value ?? '', path);
}

function readStruct(schema: NormalizedSchema, tree: Tree, path: string): unknown {
  const members = new Map(
    [...schema.structIterator()].map(([name, member]) => [queryName(name, member), { name, member }]),
  );
  const read = [...tree.below].map(([key, each]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const found = members.get(key);
    if (found === undefined) throw unknown(at);
    return [found.name, readTree(found.member, each, at)] as const;
  });
  return Object.fromEntries(read);
}

function queryName(name: string, member: NormalizedSchema): string {
  const { ec2QueryName, xmlName } = member.getMemberTraits() as { ec2QueryName?: string; xmlName?: string };
  const plain = xmlName ?? name;
  return ec2QueryName ?? `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
}

function readScalar(schema: NormalizedSchema, text: string, path: string): unknown {
  if (schema.isBooleanSchema()) {
    if (!/^(?:true|false)$/i.test(text)) throw invalid(path, text, 'boolean');
    return text.toLowerCase() === 'true';
  }
  if (schema.isNumericSchema()) {
    if (!/^-?\d+$/.test(text)) throw invalid(path, text, 'integer');
    return Number(text);
  }
  if (schema.isTimestampSchema()) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) throw invalid(path, text, 'timestamp');
    return date;
  }
  if (schema.isBlobSchema()) return Buffer.from(text, 'base64');
  return text;
}

function unknown(name: string): AwsError {
  return new AwsError('UnknownParameter', `The parameter ${name} is not recognized`);
}

function invalid(name: string, value: string, type: string): AwsError {
  return new AwsError('InvalidParameterValue', `Invalid value '${value}' for ${name}. Must be ${type}`);
}

function writeMembers(schema: NormalizedSchema, value: unknown): string {
  if (!schema.isStructSchema() || value === undefined) return '';
  const members = value as Readonly<Record<string, unknown>>;
  const names = new Set(Object.keys(members));
  let written = '';
  for (const [name, member] of schema.structIterator()) {
    names.delete(name);
    const content = members[name];
    if (content === undefined) continue;
    const tag = (member.getMemberTraits() as { xmlName?: string }).xmlName ?? name;
    written += `<${tag}>${writeValue(member, content)}</${tag}>`;
  }
  if (names.size > 0) throw new Error(`${schema.getName()} has no member ${[...names].join(', ')}`);
  return written;
}

function writeValue(schema: NormalizedSchema, value: unknown): string {
  if (schema.isStructSchema()) return writeMembers(schema, value);
  if (schema.isListSchema()) {
    const each = schema.getValueSchema();
    const tag = (each.getMergedTraits() as { xmlName?: string }).xmlName ?? 'member';
    return (value as readonly unknown[]).map(content => `<${tag}>${writeValue(each, content)}</${tag}>`).join('');
  }
  if (value instanceof Date) return value.toISOString();
  return escapeXml(String(value));
}
