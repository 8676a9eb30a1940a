import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../store/content/digest.ts';
import type { ActionMessages } from '../../store/records/action-record.ts';
import type { ActionSpec, Input } from './action.ts';
import { describeAction, encodeAction } from './action-key.ts';
import { decodeAction, messagesOf } from './decode-action.ts';

const word = fc.stringMatching(/^[a-z]{0,3}$/);
const variables = fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), word, { maxKeys: 3, noNullPrototype: true });
const input: fc.Arbitrary<Input> = fc
  .record({ type: fc.constantFrom('file', 'directory'), content: word, executable: fc.boolean() })
  .map(({ type, content, executable }) => ({
    type,
    digest: digestOf(content),
    ...(executable && type === 'file' ? { executable } : {}),
  }));
const spec: fc.Arbitrary<ActionSpec> = fc.record({
  arguments: fc.array(word, { minLength: 1, maxLength: 3 }),
  environment: variables,
  inputs: fc
    .uniqueArray(fc.constantFrom('a', 'b', 'c/d', 'c/e', 'f/g/h', '😀'), { maxLength: 4 })
    .chain(paths => fc.tuple(...paths.map(path => input.map(each => [path, each] as const))))
    .map(entries => new Map(entries)),
  outputs: fc
    .uniqueArray(fc.constantFrom('x', 'y/z', '！'), { maxLength: 3 })
    .chain(paths =>
      fc.tuple(...paths.map(path => fc.constantFrom('file', 'directory').map(type => ({ type, path }) as const))),
    )
    .map(outputs => Object.fromEntries(outputs.map((output, index) => [`o${index}`, output]))),
  platform: variables,
  timeoutSeconds: fc.nat(10_000),
});

describe('the messages of an action', () => {
  test('give the action back: with its key, and described in the same words', () => {
    fc.assert(
      fc.property(spec, each => {
        const encoded = encodeAction(each);
        const decoded = decodeAction(JSON.parse(JSON.stringify(messagesOf(encoded))) as ActionMessages);
        if (decoded === undefined) return expect.unreachable();
        expect(encodeAction(decoded).key).toBe(encoded.key);
        expect(describeAction(decoded)).toEqual(describeAction(each));
      }),
    );
  });

  test('are none if one of them is not the one that the others name', () => {
    const one = messagesOf(encodeAction(SPEC));
    const other = messagesOf(encodeAction({ ...SPEC, arguments: ['other'] }));
    const elsewhere = messagesOf(encodeAction({ ...SPEC, inputs: new Map() }));
    expect(decodeAction({ ...one, command: other.command })).toBeUndefined();
    expect(decodeAction({ ...one, directories: elsewhere.directories })).toBeUndefined();
    expect(decodeAction({ ...one, directories: [] })).toBeUndefined();
    expect(decodeAction({ ...one, directories: ['////'] })).toBeUndefined();
    expect(decodeAction({ action: '', command: '', directories: [] })).toBeUndefined();
  });
});

const SPEC: ActionSpec = {
  arguments: ['one'],
  environment: {},
  inputs: new Map([['a/b', { type: 'file', digest: digestOf('b') }]]),
  outputs: {},
  platform: {},
  timeoutSeconds: 0,
};
