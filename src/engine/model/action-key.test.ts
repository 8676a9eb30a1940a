import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../store/content/digest.ts';
import { readWire } from '../../util/wire.ts';
import type { ActionSpec, Input, Output } from './action.ts';
import { describeAction, differingParts, encodeAction } from './action-key.ts';

const SPEC: ActionSpec = {
  arguments: ['node', 'tool.mjs', ''],
  environment: { AIB_KIND: 'disk', AIB_FORMAT: '1', EMPTY: '' },
  inputs: new Map<string, Input>([
    ['tool.mjs', { type: 'file', digest: digestOf('tool'), executable: true }],
    ['packages', { type: 'directory', digest: digestOf('') }],
    ['in/😀', { type: 'file', digest: digestOf('x') }],
  ]),
  outputs: { disk: { type: 'file', path: 'out/disk.qcow2' }, tree: { type: 'directory', path: 'tree' } },
  platform: { cpu: 'max', machine: 'q35' },
  timeoutSeconds: 3_600,
};

test('the key of one fixed action never changes: every record and every remote cache would be lost', () => {
  const { key, command, inputRoot } = encodeAction(SPEC);
  expect({ key, command: command.digest.hash, root: inputRoot.root.hash }).toEqual(GOLDEN);
});

/** Computed with other tools, from the message definitions alone. */
const GOLDEN = {
  key: 'e12edc2772f068432db0445d56b011448b1f663c5ba1fdf7d14c5ed0b3b209f2',
  command: '5d6874d59e61cf56465115b6450cc59035d9614b1b3d032b8416c997b0b1f4d2',
  root: '3baddb370bf68370840d93a8794f2f48075afb31a32e39b2de5ea15f09299936',
};

test('what an action does not ask for is not on the wire: neither a time limit nor a platform', () => {
  const { action, command } = encodeAction({ ...SPEC, platform: {}, timeoutSeconds: 0 });
  const fieldsOf = (bytes: Buffer): ReadonlySet<number> => new Set(readWire(bytes)?.map(({ field }) => field));
  expect([...fieldsOf(action.bytes)]).toEqual([1, 2]);
  expect([...fieldsOf(command.bytes)]).toEqual([1, 2, 3, 4, 7]);
});

test('the description names each part of the key, and of an input also whether it can be executed', () => {
  const empty = `${digestOf('').hash}/0`;
  expect(describeAction(SPEC).map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'argument 0: node',
    'argument 1: tool.mjs',
    'argument 2: ',
    'AIB_FORMAT: 1',
    'AIB_KIND: disk',
    'EMPTY: ',
    `input in/😀: file ${digestOf('x').hash}/1`,
    `input packages: directory ${empty}`,
    `input tool.mjs: file executable ${digestOf('tool').hash}/4`,
    'output out/disk.qcow2: file',
    'output tree: directory',
    'platform cpu: max',
    'platform machine: q35',
    'time limit: 3600 s',
  ]);
});

describe('an action', () => {
  const word = fc.stringMatching(/^[a-z]{1,3}$/);
  const path = fc.constantFrom('a', 'b', 'c/d', 'c/e', 'f/g/h', '😀', '！');
  const input = (path_: string): fc.Arbitrary<[string, Input]> =>
    fc
      .tuple(fc.constantFrom('file', 'directory'), word, fc.boolean())
      .map(([type, content, executable]) => [
        path_,
        { type, digest: digestOf(content), ...(executable && type === 'file' ? { executable } : {}) } as Input,
      ]);
  const output: fc.Arbitrary<Output> = fc.record({ type: fc.constantFrom('file', 'directory'), path });
  const variables = fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), word, { maxKeys: 3, noNullPrototype: true });
  const spec: fc.Arbitrary<ActionSpec> = fc.record({
    arguments: fc.array(word, { minLength: 1, maxLength: 3 }),
    environment: variables,
    inputs: fc
      .uniqueArray(path, { maxLength: 4 })
      .chain(paths => fc.tuple(...paths.map(input)))
      .map(entries => new Map(entries)),
    outputs: fc
      .uniqueArray(output, { selector: each => each.path, maxLength: 3 })
      .map(list => Object.fromEntries(list.map((each, index) => [`o${index}`, each]))),
    platform: variables,
    timeoutSeconds: fc.nat(10_000),
  });

  /** Everything in a spec that must change the key, in a form that can be compared; names of outputs must not. */
  const meaning = (each: ActionSpec): string =>
    JSON.stringify([
      each.arguments,
      Object.entries(each.environment).sort(),
      [...each.inputs].sort(([a], [b]) => (a < b ? -1 : 1)),
      Object.values(each.outputs)
        .map(({ type, path: at }) => [at, type])
        .sort(),
      Object.entries(each.platform).sort(),
      each.timeoutSeconds,
    ]);
  const description = (each: ActionSpec): string => JSON.stringify(describeAction(each));

  /** A spec with one part from another spec. */
  const oneChange = fc
    .tuple(
      spec,
      spec,
      fc.constantFrom<keyof ActionSpec>('arguments', 'environment', 'inputs', 'outputs', 'platform', 'timeoutSeconds'),
    )
    .map(([before, other, part]) => ({ before, after: { ...before, [part]: other[part] } as ActionSpec }));

  test('has another key and another description after any one change, and only then', () => {
    fc.assert(
      fc.property(oneChange, ({ before, after }) => {
        const isSame = meaning(before) === meaning(after);
        expect(encodeAction(before).key === encodeAction(after).key).toBe(isSame);
        expect(description(before) === description(after)).toBe(isSame);
        const names = differingParts(describeAction(before), describeAction(after));
        expect(names.length === 0).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });

  test('has the same key and description whatever the order in which it was put together', () => {
    const reversed = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(record).toReversed());
    fc.assert(
      fc.property(spec, each => {
        const other: ActionSpec = {
          ...each,
          environment: reversed(each.environment),
          platform: reversed(each.platform),
          outputs: reversed(each.outputs),
          inputs: new Map([...each.inputs].toReversed()),
        };
        expect(encodeAction(other).key).toBe(encodeAction(each).key);
        expect(description(other)).toBe(description(each));
      }),
    );
  });

  test('is told from another where one word becomes two, or a value moves to the next name', () => {
    const key = (changes: Partial<ActionSpec>) => encodeAction({ ...SPEC, ...changes }).key;
    expect(key({ arguments: ['ab'] })).not.toBe(key({ arguments: ['a', 'b'] }));
    expect(key({ arguments: ['a', ''] })).not.toBe(key({ arguments: ['a'] }));
    expect(key({ environment: { A: '' } })).not.toBe(key({ environment: {} }));
    expect(key({ environment: { A: 'B', C: '' } })).not.toBe(key({ environment: { A: '', C: 'B' } }));
  });

  test('keeps its key when the rule calls an output by another name, for the name is not on the wire', () => {
    const { disk, tree } = SPEC.outputs;
    if (disk === undefined || tree === undefined) throw new Error('not this spec');
    const renamed = { ...SPEC, outputs: { image: disk, tree } };
    expect(encodeAction(renamed).key).toBe(encodeAction(SPEC).key);
    expect(description(renamed)).toBe(description(SPEC));
  });

  test.each([
    ['leads out of the folder', { a: { type: 'file', path: '../a' } }],
    ['is absolute', { a: { type: 'file', path: '/a' } }],
    ['stands for two', { a: { type: 'file', path: 'a' }, b: { type: 'directory', path: 'a' } }],
  ] as const)('may not have an output path that %s', (_, outputs) => {
    expect(() => encodeAction({ ...SPEC, outputs })).toThrow('Internal error');
  });
});

test('a difference names what changed, what came and what went', () => {
  const before = [
    { name: 'input a', value: '1' },
    { name: 'gone', value: '1' },
    { name: 'same', value: '1' },
  ];
  const after = [
    { name: 'input a', value: '2' },
    { name: 'same', value: '1' },
    { name: 'new', value: '1' },
  ];
  expect(differingParts(before, after)).toEqual(['input a', 'new', 'gone']);
});
