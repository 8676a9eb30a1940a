/** Filters of the Describe calls, and their pages. Must not depend on the types of objects. */
import { AwsError } from '../wire/aws-error.ts';

export interface Filter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** The values of an object by filter name; undefined for an unknown name. */
export type Fields = Readonly<Record<string, string | boolean | number | undefined | readonly string[]>>;

/** All filters must match, each with any of its values, in which `*` and `?` are wildcards. */
export function fits(
  filters: readonly Filter[] | undefined,
  fields: Fields,
  tags: Readonly<Record<string, string>>,
): boolean {
  return (filters ?? []).every(({ Name = '', Values = [] }) => {
    const has = valuesOf(Name, fields, tags);
    const patterns = Values.map(patternOf);
    return has.some(value => patterns.some(pattern => pattern.test(value)));
  });
}

/** Checks the filters of a call that has no objects to filter. */
export function checkFilters(filters: readonly Filter[] | undefined, names: readonly string[]): void {
  for (const { Name = '' } of filters ?? []) {
    if (Name !== 'tag-key' && !Name.startsWith('tag:') && !names.includes(Name)) throw invalidFilter(Name);
  }
}

function valuesOf(name: string, fields: Fields, tags: Readonly<Record<string, string>>): readonly string[] {
  if (name === 'tag-key') return Object.keys(tags);
  if (name.startsWith('tag:')) {
    const value = tags[name.slice(4)];
    return value === undefined ? [] : [value];
  }
  if (!(name in fields)) throw invalidFilter(name);
  const value = fields[name];
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly string[]) : [String(value)];
}

function invalidFilter(name: string): AwsError {
  return new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
}

function patternOf(text: string): RegExp {
  const escaped = text.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

export interface Page {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** A page of ordered objects. Its token contains the last object of the page, so a removal in between does not skip any object. */
export function pageOf<T>(
  things: readonly T[],
  { MaxResults, NextToken }: Page,
  options: { readonly most: number; readonly least?: number; readonly id: (thing: T) => string },
): { readonly page: readonly T[]; readonly next: string | undefined } {
  const { most, least = 1, id } = options;
  if (MaxResults !== undefined && (MaxResults < least || MaxResults > 1000)) {
    const words = `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${least} and 1000.`;
    throw new AwsError('InvalidParameterValue', words);
  }
  const after = NextToken === undefined ? undefined : readToken(NextToken);
  const ordered = [...things].sort((a, b) => (id(a) < id(b) ? -1 : 1));
  const rest = after === undefined ? ordered : ordered.filter(thing => id(thing) > after);
  const page = rest.slice(0, Math.min(MaxResults ?? most, most));
  const last = page.at(-1);
  return { page, next: last !== undefined && page.length < rest.length ? writeToken(id(last)) : undefined };
}

function writeToken(id: string): string {
  return Buffer.from(`after ${id}`).toString('base64url');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after ')) throw new AwsError('InvalidParameterValue', 'Unable to parse pagination token');
  return text.slice(6);
}
