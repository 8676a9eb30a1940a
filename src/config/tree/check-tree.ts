/**
 * Validates a configuration as it is written, block by block, before anything is merged: each fault once, at its place, all in one run. What
 * only shows in a merged variant is the business of check-variants.ts.
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
/** Bytes. Keys are folders, and parts of names. */
const LONGEST_KEY = 64;
const USUAL_DIMENSIONS = ['version', 'arch', 'firmware', 'bootstrap', 'cloud'];

export interface TreeToCheck {
  readonly root: HoconObject;
  /** Blocks of the command line. */
  readonly over: readonly HoconObject[];
  readonly sources: Sources;
}

/** No cloud may have a `reserved` name: it is the first word of labels that name what variants share. */
export function checkTree(tree: TreeToCheck, reserved: readonly string[]): readonly Complaint[] {
  const { root, over, sources } = tree;
  const check = new Check(root, sources, reserved);
  check.root(root);
  for (const block of over) check.block(block);
  return check.complaints;
}

class Check {
  /** By place and words: a file that several others include is read once by its users. */
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

  /** Beside the blocks, any name is a variable; but not one that was meant to be a block. */
  #strayBlock(key: string, value: HoconValue): void {
    const near = nearest(key, [...BLOCKS, 'project'], 1)[0];
    if (near === undefined) return;
    this.#bad('AIB_CONFIG_KEY', {
      what: `There is no ${key} at the top of a configuration`,
      value,
      at: { key },
      hint: `did you mean ${near}? A variable of your own needs a name that is less like it`,
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
        const hint = `give it a key, or take it out: ${name} = null`;
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
        what: `There is no dimension ${name}, which labels and builds need`,
        value: dimensions,
        at: 'value',
      } as const;
      const hint = near === undefined ? `add ${name} { … } to Dimensions` : `is ${near} meant to be ${name}?`;
      this.#warn('AIB_CONFIG_SHAPE', { ...fault, hint });
    }
  }

  #dimensionKey(name: string, key: string, block: HoconValue): void {
    if (block.kind === 'null') return;
    if (block.kind !== 'object') {
      this.#bad('AIB_CONFIG_SHAPE', {
        ...notAMap(`${name} ${key}`, block),
        hint: `write ${key} { … }, or ${key} = null to take it out`,
      });
      return;
    }
    const inner = [...block.entries];
    if (/^\d+$/.test(key) && inner.length > 0 && inner.every(([part]) => /^\d+$/.test(part))) {
      const hint = `put it in quotes: "${key}.${inner[0]?.[0]}" { … }`;
      const what = `${name} ${key}.${inner[0]?.[0]} without quotes is a ${inner[0]?.[0]} inside a ${key}`;
      this.#bad('AIB_CONFIG_KEY', { what, value: block, at: { key }, hint });
      return;
    }
    const fault = fileNameFault(key, LONGEST_KEY);
    if (/[/:@*\s]/.test(key) || key === '...' || fault !== undefined) {
      const hint = 'letters, digits, dots, dashes and underscores are safe';
      this.#bad('AIB_CONFIG_KEY', {
        what: `The key ${JSON.stringify(key)} of ${name} cannot be part of a label`,
        value: block,
        at: { key },
        ...(fault === undefined ? {} : { got: fault }),
        hint,
      });
    }
    if (name === 'cloud' && this.#reserved.includes(key)) {
      const what = `No cloud may be called ${key}, because labels such as //${key}/… name what variants share`;
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
   * Trees speak of versions that have gone and of clouds that a project leaves out, so a word that fits none of the dimensions is only surely
   * wrong where it is nearly right.
   */
  #keyWord(place: string, word: string, value: HoconValue, at: ShapeFault['at']): void {
    const known = [...this.#dimensions.values()].flatMap(keys => [...keys]);
    if (known.includes(word) || USUAL_KEYS.has(word) || /^\d+\.\d+$/.test(word)) return;
    if (isRange(word)) {
      const hint = rangeFault(word);
      if (hint !== undefined)
        this.#bad('AIB_CONFIG_RANGE', { what: `${word} in ${place} is no range of versions`, value, at, hint });
      return;
    }
    const near = nearest(word, [...known, ...USUAL_KEYS], 3);
    const fault = { what: `${place} speaks of ${word}, which is no key of any dimension`, value, at } as const;
    if (word.includes(','))
      this.#bad('AIB_CONFIG_KEY', { ...fault, hint: 'separate keys by spaces: "aws gcp" means either' });
    else if (near.length > 0) this.#bad('AIB_CONFIG_KEY', { ...fault, hint: `did you mean ${near.join(' or ')}?` });
    else this.#warn('AIB_CONFIG_KEY', { ...fault, hint: 'correct it, or take it out: it never matches' });
  }

  /** The original builder ignores what it does not know; a build does so too, unless it is a slip of the pen. */
  #unknown(key: string, value: HoconValue): void {
    const known = settingKeys(this.#names);
    const slip = FORMER.has(key) || nearest(key, [...known, 'WHEN', 'EXCLUDE'], 3).length > 0;
    const fault = unknownKey(key, value, [...known, 'WHEN', 'EXCLUDE']);
    if (slip) this.#bad('AIB_CONFIG_KEY', fault);
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
