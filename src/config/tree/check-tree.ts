/**
 * Validates a configuration block by block before the merge: reports each fault once, with its place, all in one run. Faults that are known
 * only after the merge are found by check-variants.ts.
 */
import type { Failure } from '../../util/failure.ts';
import { fileNameFault } from '../../util/files/file-name.ts';
import { nearest } from '../../util/suggest.ts';
import type { HoconObject, HoconValue } from '../hocon/value.ts';
import { type Complaint, keyPosition, type Sources, withExcerpt, wordLength } from './complaint.ts';
import { conditionWords, isRange, rangeFault } from './condition.ts';
import { textOf } from './layers.ts';
import { settingKeys, shapeOf, USUAL_KEYS } from './schema.ts';
import { describe, FORMER, type ShapeFault, shapeFaults, unknownKey } from './shape-faults.ts';

const BLOCKS = ['Default', 'Dimensions', 'Mandatory'];
/** Bytes. Keys become folders and parts of file names. */
const LONGEST_KEY = 64;
const USUAL_DIMENSIONS = ['version', 'arch', 'firmware', 'bootstrap', 'cloud'];

export interface TreeToCheck {
  readonly root: HoconObject;
  /** Blocks of the command line. */
  readonly over: readonly HoconObject[];
  readonly sources: Sources;
}

/** A cloud must not have a `reserved` name: labels of shared nodes start with these. */
export function checkTree(tree: TreeToCheck, reserved: readonly string[]): readonly Complaint[] {
  const { root, over, sources } = tree;
  const check = new Check(root, sources, reserved);
  check.root(root);
  for (const block of over) check.block(block);
  return check.complaints;
}

class Check {
  /** By place and text, because a file that is included several times would be reported several times. */
  readonly #found = new Map<string, Complaint>();
  readonly #sources: Sources;
  readonly #reserved: readonly string[];
  readonly #dimensions = new Map<string, ReadonlySet<string>>();

  constructor(root: HoconObject, sources: Sources, reserved: readonly string[]) {
    this.#sources = sources;
    this.#reserved = reserved;
    const dimensions = root.entries.get('Dimensions');
    if (dimensions?.kind !== 'object') return;
    for (const [name, keys] of dimensions.entries) {
      if (keys.kind !== 'object') continue;
      this.#dimensions.set(
        name,
        new Set([...keys.entries].filter(([, block]) => block.kind !== 'null').map(([key]) => key)),
      );
    }
  }

  get complaints(): readonly Complaint[] {
    return [...this.#found.values()];
  }

  root(root: HoconObject): void {
    for (const [key, value] of root.entries) {
      if (BLOCKS.includes(key)) continue;
      const shape = shapeOf(key, this.#names);
      if (shape !== undefined) this.#shape(shapeFaults(key, value, shape));
      else if (key === 'overrides') this.#shape(shapeFaults(key, value, { kind: 'texts' }));
      else this.#strayBlock(key, value);
    }
    for (const key of ['Default', 'Mandatory']) {
      const block = root.entries.get(key);
      if (block?.kind === 'object') this.block(block);
      else if (block !== undefined && block.kind !== 'null') this.#bad('AIB_CONFIG_SHAPE', notAMap(key, block));
    }
    const dimensions = root.entries.get('Dimensions');
    if (dimensions?.kind === 'object') this.#dimensionBlocks(dimensions);
    else {
      const what =
        dimensions === undefined ? 'The configuration has no Dimensions' : 'Dimensions must be a map of dimensions';
      const hint = 'write Dimensions { version { … } arch { … } … }, or include a file that has it';
      this.#bad('AIB_CONFIG_SHAPE', { what, value: dimensions ?? root, at: 'value', hint });
    }
  }

  block(block: HoconObject): void {
    for (const [key, value] of block.entries) {
      if (key === 'WHEN') this.#when(value);
      else if (key === 'EXCLUDE') this.#exclude(value);
      else {
        const shape = shapeOf(key, this.#names);
        if (shape === undefined) this.#unknown(key, value);
        else this.#shape(shapeFaults(key, value, shape));
      }
    }
  }

  get #names(): ReadonlySet<string> {
    return new Set(this.#dimensions.keys());
  }

  /** At the top level any other name is a variable, but a name that is similar to a block is a fault. */
  #strayBlock(key: string, value: HoconValue): void {
    const near = nearest(key, [...BLOCKS, 'project'], 1)[0];
    if (near === undefined) return;
    this.#bad('AIB_CONFIG_KEY', {
      what: `Unknown top-level key: ${key}`,
      value,
      at: { key },
      hint: `did you mean ${near}? For a variable, choose a less similar name`,
    });
  }

  #dimensionBlocks(dimensions: HoconObject): void {
    for (const [name, keys] of dimensions.entries) {
      if (keys.kind === 'null') continue;
      if (keys.kind !== 'object') {
        this.#bad('AIB_CONFIG_SHAPE', {
          ...notAMap(`The dimension ${name}`, keys),
          hint: `write ${name} { key { … } }`,
        });
        continue;
      }
      if (this.#dimensions.get(name)?.size === 0) {
        const hint = `add a key, or remove the dimension with ${name} = null`;
        this.#bad('AIB_CONFIG_SHAPE', {
          what: `The dimension ${name} has no keys`,
          value: keys,
          at: { key: name },
          hint,
        });
      }
      for (const [key, block] of keys.entries) this.#dimensionKey(name, key, block);
    }
    const missing = USUAL_DIMENSIONS.filter(name => !this.#dimensions.has(name));
    for (const name of missing) {
      const near = nearest(name, this.#dimensions.keys(), 1)[0];
      const fault = {
        what: `Dimension ${name} is missing; labels and builds require it`,
        value: dimensions,
        at: 'value',
      } as const;
      const hint = near === undefined ? `add ${name} { … } to Dimensions` : `did you mean ${name} instead of ${near}?`;
      this.#warn('AIB_CONFIG_SHAPE', { ...fault, hint });
    }
  }

  #dimensionKey(name: string, key: string, block: HoconValue): void {
    if (block.kind === 'null') return;
    if (block.kind !== 'object') {
      this.#bad('AIB_CONFIG_SHAPE', {
        ...notAMap(`${name} ${key}`, block),
        hint: `write ${key} { … }, or ${key} = null to remove it`,
      });
      return;
    }
    const inner = [...block.entries];
    if (/^\d+$/.test(key) && inner.length > 0 && inner.every(([part]) => /^\d+$/.test(part))) {
      const hint = `put it in quotes: "${key}.${inner[0]?.[0]}" { … }`;
      const what = `${name} ${key}.${inner[0]?.[0]} without quotes means a key ${inner[0]?.[0]} inside of ${key}`;
      this.#bad('AIB_CONFIG_KEY', { what, value: block, at: { key }, hint });
      return;
    }
    const fault = fileNameFault(key, LONGEST_KEY);
    if (/[/:@*\s]/.test(key) || key === '...' || fault !== undefined) {
      const hint = 'use only letters, digits, dots, dashes and underscores';
      this.#bad('AIB_CONFIG_KEY', {
        what: `The key ${JSON.stringify(key)} of ${name} cannot be part of a label`,
        value: block,
        at: { key },
        ...(fault === undefined ? {} : { got: fault }),
        hint,
      });
    }
    if (name === 'cloud' && this.#reserved.includes(key)) {
      const what = `The cloud name ${key} is reserved: labels such as //${key}/… name shared nodes`;
      this.#bad('AIB_CONFIG_KEY', { what, value: block, at: { key }, hint: `choose another name, such as my-${key}` });
    }
    this.block(block);
  }

  #when(value: HoconValue): void {
    if (value.kind === 'null') return;
    if (value.kind !== 'object') {
      this.#bad('AIB_CONFIG_SHAPE', { ...notAMap('WHEN', value), hint: 'write WHEN { aws { … } }' });
      return;
    }
    for (const [condition, block] of value.entries) {
      if (block.kind === 'object') this.block(block);
      else if (block.kind !== 'null') this.#bad('AIB_CONFIG_SHAPE', notAMap(`WHEN ${condition}`, block));
      for (const word of conditionWords(condition)) this.#keyWord('WHEN', word, block, { key: word });
    }
  }

  #exclude(value: HoconValue): void {
    if (value.kind === 'null') return;
    for (const item of value.kind === 'array' ? value.items : [value]) {
      const word = textOf(item);
      if (word !== undefined) this.#keyWord('EXCLUDE', word, item, 'value');
      else
        this.#bad('AIB_CONFIG_VALUE', {
          what: 'EXCLUDE must be a list of dimension keys',
          value: item,
          at: 'value',
          got: describe(item),
        });
    }
  }

  /**
   * Configurations mention versions that no longer exist and clouds that a project leaves out. So an unknown word is an error only if it is
   * similar to a known one; otherwise it is a warning.
   */
  #keyWord(place: string, word: string, value: HoconValue, at: ShapeFault['at']): void {
    const known = [...this.#dimensions.values()].flatMap(keys => [...keys]);
    if (known.includes(word) || USUAL_KEYS.has(word) || /^\d+\.\d+$/.test(word)) return;
    if (isRange(word)) {
      const hint = rangeFault(word);
      if (hint !== undefined)
        this.#bad('AIB_CONFIG_RANGE', { what: `Invalid version range in ${place}: ${word}`, value, at, hint });
      return;
    }
    const near = nearest(word, [...known, ...USUAL_KEYS], 3);
    const fault = { what: `Unknown dimension key in ${place}: ${word}`, value, at } as const;
    if (word.includes(','))
      this.#bad('AIB_CONFIG_KEY', { ...fault, hint: 'separate keys with spaces: "aws gcp" matches either' });
    else if (near.length > 0) this.#bad('AIB_CONFIG_KEY', { ...fault, hint: `did you mean ${near.join(' or ')}?` });
    else this.#warn('AIB_CONFIG_KEY', { ...fault, hint: 'correct it, or remove it: it matches nothing' });
  }

  /** The original builder ignores unknown settings; a build does the same, unless the name is similar to a known one. */
  #unknown(key: string, value: HoconValue): void {
    const known = settingKeys(this.#names);
    const isMistyped = FORMER.has(key) || nearest(key, [...known, 'WHEN', 'EXCLUDE'], 3).length > 0;
    const fault = unknownKey(key, value, [...known, 'WHEN', 'EXCLUDE']);
    if (isMistyped) this.#bad('AIB_CONFIG_KEY', fault);
    else this.#warn('AIB_CONFIG_KEY', fault);
  }

  #shape(faults: readonly ShapeFault[]): void {
    for (const fault of faults) {
      const code = fault.at === 'value' ? 'AIB_CONFIG_VALUE' : 'AIB_CONFIG_KEY';
      this.#add(code, fault, fault.ofVariants === true ? 'warning' : 'error');
    }
  }

  #bad(code: Failure['code'], fault: ShapeFault): void {
    this.#add(code, fault, 'error');
  }

  #warn(code: Failure['code'], fault: ShapeFault): void {
    this.#add(code, fault, 'warning');
  }

  #add(code: Failure['code'], fault: ShapeFault, severity: Complaint['severity']): void {
    const at = fault.at === 'value' ? fault.value.at : keyPosition(fault.at.key, fault.value, this.#sources);
    const length = fault.at === 'value' ? wordLength(at, this.#sources) : fault.at.key.length;
    const { what, got, hint } = fault;
    const failure = { code, what, ...(got === undefined ? {} : { got }), ...(hint === undefined ? {} : { hint }) };
    const id = `${at.file}:${at.line}:${at.column} ${what}`;
    this.#found.set(id, { failure: withExcerpt(failure, at, length, this.#sources), severity });
  }
}

function notAMap(what: string, value: HoconValue): ShapeFault {
  return { what: `${what} must be a map of settings`, value, at: 'value', got: describe(value) };
}
