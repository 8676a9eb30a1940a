/**
 * How a rule declares the parameters of its action: each once, with its value, what it is to people, and where it comes from. Environment, key
 * and the words of `aib why` derive from the declaration, so no parameter can be without words, and no words without a parameter.
 *
 *     shape      value           text
 *     text       one text        as it is
 *     lines      texts           a line for each
 *     words      texts           separated by spaces
 *     names      texts           separated by commas
 *     services   level → names   `sysinit=devfs,dmesg boot=acpid`
 *
 * The texts are in keys: another way to write a shape is a new format version of every rule that uses it.
 */
import type { SettingKey } from '../config/tree/schema.ts';

/** What people are told of a parameter, and what its text is made of. */
export interface ParameterFacts {
  readonly words: string;
  /** Default `text`. */
  readonly shape?: ValueShape;
  /** Settings of the variant that may have a part in the value. Default none. */
  readonly settings?: readonly SettingKey[];
  /** The lock decides it, and its text stands there. */
  readonly locked?: true;
}

export type ValueShape = 'text' | 'lines' | 'words' | 'names' | 'services';

/** `value` is asked when a node is prepared; the same source gives the same value. */
export type Parameter<Source> = ParameterFacts &
  (
    | { readonly shape?: 'text'; readonly value: (source: Source) => string }
    | { readonly shape: 'lines' | 'words' | 'names'; readonly value: (source: Source) => readonly string[] }
    | { readonly shape: 'services'; readonly value: (source: Source) => ReadonlyMap<string, readonly string[]> }
  );

/** By name, as in the environment. */
export type ParameterTable<Source> = Readonly<Record<string, Parameter<Source>>>;

/** What an action is told, in the order of the declarations. */
export function valuesOf<Source, Name extends string>(
  parameters: Readonly<Record<Name, Parameter<Source>>>,
  source: Source,
): Readonly<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  for (const name of Object.keys(parameters) as Name[]) values[name] = textOf(parameters[name], source);
  return values as Record<Name, string>;
}

function textOf<Source>(parameter: Parameter<Source>, source: Source): string {
  switch (parameter.shape) {
    case undefined:
    case 'text':
      return parameter.value(source);
    case 'lines':
      return parameter.value(source).join('\n');
    case 'words':
      return parameter.value(source).join(' ');
    case 'names':
      return parameter.value(source).join(',');
    case 'services':
      return [...parameter.value(source)].map(([level, names]) => `${level}=${names.join(',')}`).join(' ');
    default:
      return parameter satisfies never;
  }
}

/** What a text is made of, for comparing two of them: a service is `level/name`. */
export function itemsOf(text: string, shape: ValueShape): readonly string[] {
  const split = (separator: string): readonly string[] => text.split(separator).filter(item => item !== '');
  switch (shape) {
    case 'text':
      return text === '' ? [] : [text];
    case 'lines':
      return split('\n');
    case 'words':
      return split(' ');
    case 'names':
      return split(',');
    case 'services':
      return split(' ').flatMap(level => {
        const [name = '', services = ''] = level.split('=');
        return services.split(',').map(service => `${name}/${service}`);
      });
    default:
      return shape satisfies never;
  }
}
