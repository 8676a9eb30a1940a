/**
 * The declaration of an action's parameters by its rule: each once, with its value, its words for users, and its origin. Environment, key
 * and the words of `aib why` are derived from it, so every parameter has words.
 *
 *     shape      value           text
 *     text       one text        as it is
 *     lines      texts           a line for each
 *     words      texts           separated by spaces
 *     names      texts           separated by commas
 *     services   level → names   `sysinit=devfs,dmesg boot=acpid`
 *
 * The texts are in keys: a change of the text of a shape requires a new format version of every rule that uses it.
 */
import type { SettingKey } from '../config/tree/schema.ts';

/** The description of a parameter, and the structure of its text. */
export interface ParameterFacts {
  readonly words: string;
  /** Default `text`. */
  readonly shape?: ValueShape;
  /** Settings of the variant that may affect the value. Default none. */
  readonly settings?: readonly SettingKey[];
  /** The lock determines it, and contains its text. */
  readonly locked?: true;
}

export type ValueShape = 'text' | 'lines' | 'words' | 'names' | 'services';

/** `value` is called when a node is prepared; the same source must have the same value. */
export type Parameter<Source> = ParameterFacts &
  (
    | { readonly shape?: 'text'; readonly value: (source: Source) => string }
    | { readonly shape: 'lines' | 'words' | 'names'; readonly value: (source: Source) => readonly string[] }
    | { readonly shape: 'services'; readonly value: (source: Source) => ReadonlyMap<string, readonly string[]> }
  );

/** By name, as in the environment. */
export type ParameterTable<Source> = Readonly<Record<string, Parameter<Source>>>;

/** The parameters of an action, in the order of the declarations. */
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

/** The items of a text, to compare two texts: a service is `level/name`. */
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
