/** Compares one value with the shape of its key and returns all faults. Does not decide whether a fault is an error. */
import { hasControl } from '../../util/files/file-name.ts';
import { nearest } from '../../util/suggest.ts';
import type { HoconObject, HoconValue } from '../hocon/value.ts';
import { textOf } from './layers.ts';
import { NAME_WORDS, type NameRule, nameFault } from './name-rules.ts';
import { RUNLEVELS, type Shape } from './schema.ts';

export interface ShapeFault {
  readonly what: string;
  readonly value: HoconValue;
  /** What to underline: the value, or the key before it. */
  readonly at: 'value' | { readonly key: string };
  readonly got?: string;
  readonly hint?: string;
  /** It affects only the variants with this value. */
  readonly ofVariants?: true;
}

/** `key` is the path as a user writes it. `null` is valid everywhere: it removes earlier values. */
export function shapeFaults(key: string, value: HoconValue, shape: Shape): readonly ShapeFault[] {
  if (value.kind === 'null') return [];
  switch (shape.kind) {
    case 'text':
      return textOf(value) === undefined
        ? [wrong(key, value, 'a single text', quoteHint(value))]
        : nameFaults(key, value, shape.name);
    case 'word':
      return wordFaults(key, value, shape.allowed).map(fault =>
        shape.later === true && textOf(value) !== undefined && fault.hint === undefined
          ? { ...fault, ofVariants: true }
          : fault,
      );
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(textOf(value) ?? '') ? [] : [wrong(key, value, 'a date such as 2026-05-01')];
    case 'switch or text':
      return isScalar(value) ? [] : [wrong(key, value, 'true, false or a text')];
    case 'texts':
      return itemsOf(value).flatMap(item =>
        textOf(item) === undefined ? [wrong(key, item, 'a list of texts')] : nameFaults(key, item, shape.name),
      );
    case 'sizes':
      return itemsOf(value).flatMap(item =>
        /^[1-9]\d*$/.test(textOf(item) ?? '')
          ? []
          : [wrong(key, item, 'a list of whole numbers of MiB', 'write the number alone, such as 128')],
      );
    case 'number':
      return /^[1-9]\d*$/.test(textOf(value) ?? '') ? [] : [wrong(key, value, 'a whole number from 1')];
    case 'arguments':
      return value.kind === 'array'
        ? value.items.flatMap(item => shapeFaults(key, item, { kind: 'texts' }))
        : [wrong(key, value, 'a list of lists of texts')];
    case 'options':
      return optionFaults(key, value, shape.allowed);
    case 'flags':
      return entryFaults(key, value, 'a map of names to true, false or null', (name, item) =>
        item.kind === 'boolean'
          ? keyFaults(key, name, item, shape.name)
          : [wrong(name, item, 'true, false or null', flagHint(key, name, item))],
      );
    case 'texts by name':
      return value.kind === 'object'
        ? entryFaults(key, value, '', (name, item) => shapeFaults(name, item, { kind: 'text' }))
        : [wrong(key, value, 'a map of names to texts')];
    case 'tags':
      return entryFaults(key, value, 'a map of addresses to true, false, null or a tag', (name, item) =>
        item.kind === 'boolean' || isTag(item) ? [] : [wrong(name, item, 'true, false, null or a tag')],
      );
    case 'packages':
      return entryFaults(key, value, 'a map of packages', packageFaults);
    case 'levels':
      return entryFaults(key, value, 'a map of runlevels', (name, item) => [
        ...keyFaults(key, name, item, 'word'),
        ...levelFaults(name, item),
        ...shapeFaults(name, item, { kind: 'flags', name: 'word' }),
      ]);
    case 'paragraphs':
      return entryFaults(key, value, 'a map of paragraphs', (name, item) =>
        item.kind === 'object'
          ? [wrong(name, item, 'a text or a list of lines')]
          : shapeFaults(name, item, { kind: 'texts' }),
      );
    case 'block':
      return entryFaults(key, value, `a map with ${Object.keys(shape.keys).join(', ')}`, (name, item) => {
        const last = name.slice(key.length + 1);
        const inner = Object.hasOwn(shape.keys, last) ? shape.keys[last] : undefined;
        return inner === undefined
          ? [unknownKey(name, item, Object.keys(shape.keys), last)]
          : shapeFaults(name, item, inner);
      });
    default:
      return shape satisfies never;
  }
}

/** Former settings of Alpine's own builder, and their replacements. */
export const FORMER: ReadonlyMap<string, string> = new Map([['size', 'disk_size = [1024], in MiB']]);

/** The fault of an unknown key. */
export function unknownKey(path: string, value: HoconValue, known: Iterable<string>, key = path): ShapeFault {
  const all = [...known];
  // Only at the top: a nested key of the same name is a different setting.
  const former = key === path ? FORMER.get(key) : undefined;
  const hint = former === undefined ? knownHint(key, all) : `it was renamed: write ${former}`;
  return { what: `Unknown setting: ${path}`, value, at: { key }, hint };
}

function knownHint(key: string, known: readonly string[]): string {
  const near = nearest(key, known, 3);
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  if (known.length < 10) return `use one of ${known.join(', ')}`;
  return 'see docs/configuration.md for all settings; define variables outside of Default, at the top level';
}

/** A short description of an invalid value. */
export function describe(value: HoconValue): string {
  switch (value.kind) {
    case 'object':
      return 'a map';
    case 'array':
      return 'a list';
    case 'boolean':
      return String(value.value);
    case 'null':
      return 'null';
    case 'string':
    case 'number':
      return textOf(value) === '' ? 'an empty text' : (textOf(value) ?? '');
  }
}

function wrong(key: string, value: HoconValue, wanted: string, hint?: string): ShapeFault {
  const fault = { what: `${key} must be ${wanted}`, value, at: 'value', got: describe(value) } as const;
  return hint === undefined ? fault : { ...fault, hint };
}

/** The faults of a text that becomes a name; none without a rule. */
function nameFaults(key: string, value: HoconValue, rule: NameRule | undefined): readonly ShapeFault[] {
  const text = textOf(value) ?? '';
  const fault = rule === undefined ? undefined : nameFault(text, rule);
  if (rule === undefined || fault === undefined) return [];
  return [{ ...wrong(key, value, NAME_WORDS[rule]), got: `${JSON.stringify(text)}: ${fault}` }];
}

/** The faults of the last key of a path. */
function keyFaults(key: string, path: string, value: HoconValue, rule: NameRule | undefined): readonly ShapeFault[] {
  const name = path.slice(key.length + 1);
  const fault = rule === undefined ? undefined : nameFault(name, rule);
  if (rule === undefined || fault === undefined) return [];
  const what = `A key of ${key} must be ${NAME_WORDS[rule]}`;
  return [{ what, value, at: { key: name }, got: `${JSON.stringify(name)}: ${fault}` }];
}

function unprintable(key: string, name: string, value: HoconValue): ShapeFault {
  return { what: `A key of ${key} contains a control character`, value, at: { key: name }, got: JSON.stringify(name) };
}

function wordFaults(key: string, value: HoconValue, allowed: readonly string[]): readonly ShapeFault[] {
  const text = textOf(value);
  if (text !== undefined && allowed.includes(text)) return [];
  const near = text === undefined ? [] : nearest(text, allowed, 1);
  return [
    wrong(key, value, `one of ${allowed.join(', ')}`, near[0] === undefined ? undefined : `did you mean ${near[0]}?`),
  ];
}

function optionFaults(key: string, value: HoconValue, allowed: readonly string[]): readonly ShapeFault[] {
  if (value.kind !== 'object') return itemsOf(value).flatMap(item => wordFaults(key, item, allowed));
  return [...value.entries].flatMap(([name, item]) =>
    allowed.includes(name) ? [] : [unknownKey(`${key}.${name}`, item, allowed, name)],
  );
}

function packageFaults(name: string, value: HoconValue): readonly ShapeFault[] {
  const text = value.kind === 'string' ? value.value : undefined;
  if (value.kind === 'boolean' || isTag(value)) return [];
  if (text !== undefined && /^--no-scripts(?:\s+[\w.-]+)?$/.test(text)) return [];
  return [wrong(name, value, 'true, false, null, a tag, or --no-scripts')];
}

/** OpenRC allows other runlevels, but one that differs by a letter is a typing error. */
function levelFaults(path: string, value: HoconValue): readonly ShapeFault[] {
  const level = path.slice(path.indexOf('.') + 1);
  if (RUNLEVELS.some(known => known === level)) return [];
  const near = nearest(level, RUNLEVELS, 1);
  if (near[0] === undefined) return [];
  return [{ what: `Unknown runlevel: ${level}`, value, at: { key: level }, hint: `did you mean ${near[0]}?` }];
}

function entryFaults(
  key: string,
  value: HoconValue,
  wanted: string,
  each: (path: string, value: HoconValue) => readonly ShapeFault[],
): readonly ShapeFault[] {
  if (value.kind !== 'object') return [wrong(key, value, wanted, listHint(key, value))];
  return entries(value).flatMap(([name, item]) =>
    hasControl(name) ? [unprintable(key, name, item)] : each(`${key}.${name}`, item),
  );
}

function entries(value: HoconObject): readonly (readonly [string, HoconValue])[] {
  return [...value.entries].filter(([, item]) => item.kind !== 'null');
}

function itemsOf(value: HoconValue): readonly HoconValue[] {
  return value.kind === 'array' ? value.items : [value];
}

function isScalar(value: HoconValue): boolean {
  return value.kind !== 'object' && value.kind !== 'array';
}

function isTag(value: HoconValue): boolean {
  return /^[A-Za-z0-9][\w.-]*$/.test(textOf(value) ?? '');
}

function listHint(key: string, value: HoconValue): string | undefined {
  return value.kind === 'array' || isScalar(value) ? `write ${key} { name = true }` : undefined;
}

function flagHint(key: string, path: string, value: HoconValue): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const name = path.slice(key.length + 1);
  if (key === 'kernel_options') return `the whole option is the key: "${name}=${text}" = true`;
  return /^(?:yes|on|1|enabled?)$/i.test(text) ? `write ${name} = true` : undefined;
}

function quoteHint(value: HoconValue): string | undefined {
  return value.kind === 'boolean' ? `write it in quotes if you mean the text "${value.value}"` : undefined;
}
