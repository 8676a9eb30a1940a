/**
 * Decodes an action from its canonical Remote Execution messages, which a record keeps and a remote worker receives. The inverse of
 * action-key.ts, except for the names of outputs, which are in no message: here the name of an output is its path.
 */
import { type Digest, digestOf, sameDigest } from '../../store/content/digest.ts';
import { decodeDigest, decodeDirectory, type Entry } from '../../store/content/directory.ts';
import type { ActionMessages, ActionRecord, Part } from '../../store/records/action-record.ts';
import { readWire, type WireField } from '../../util/wire.ts';
import type { ActionSpec, Input, Output } from './action.ts';
import { describeAction, type EncodedAction } from './action-key.ts';

/** For a record: base64, because a record is JSON. */
export function messagesOf({ action, command, inputRoot }: EncodedAction): ActionMessages {
  return {
    action: action.bytes.toString('base64'),
    command: command.bytes.toString('base64'),
    directories: inputRoot.messages.map(({ bytes }) => bytes.toString('base64')),
  };
}

/** The action of a record; undefined if an older aib wrote the record, without messages. */
export function recordedSpec(record: ActionRecord): ActionSpec | undefined {
  return record.messages === undefined ? undefined : decodeAction(record.messages);
}

/** The readable parts of a record's action. */
export function recordedParts(record: ActionRecord): readonly Part[] | undefined {
  const spec = recordedSpec(record);
  return spec === undefined ? undefined : describeAction(spec);
}

/** Undefined if the messages do not belong together, or are invalid. */
export function decodeAction(messages: ActionMessages): ActionSpec | undefined {
  const [actionBytes, commandBytes] = [messages.action, messages.command].map(text => Buffer.from(text, 'base64'));
  if (actionBytes === undefined || commandBytes === undefined) return undefined;
  const action = readWire(actionBytes);
  const command = readWire(commandBytes);
  if (action === undefined || command === undefined) return undefined;
  const commandDigest = decodeDigest(bytesOf(action, 1));
  const root = decodeDigest(bytesOf(action, 2));
  if (commandDigest === undefined || !sameDigest(commandDigest, digestOf(commandBytes))) return undefined;
  const inputs = root === undefined ? undefined : decodeInputs(root, messages.directories);
  if (inputs === undefined) return undefined;
  return {
    arguments: textsOf(command, 1),
    environment: pairsOf(command, 2),
    inputs,
    outputs: outputsOf(command),
    platform: pairsOf(readWire(bytesOf(command, 5)) ?? [], 1),
    timeoutSeconds: (readWire(bytesOf(action, 6)) ?? []).find(({ field }) => field === 1)?.integer ?? 0,
  };
}

/** A folder whose message is not in `directories` is an input; the other folders only contain inputs. */
function decodeInputs(root: Digest, directories: readonly string[]): ReadonlyMap<string, Input> | undefined {
  const known = new Map<string, ReadonlyMap<string, Entry>>();
  for (const text of directories) {
    const bytes = Buffer.from(text, 'base64');
    const entries = decodeDirectory(bytes);
    if (entries === undefined) return undefined;
    known.set(digestOf(bytes).hash, entries);
  }
  if (!known.has(root.hash)) return undefined;
  const inputs = new Map<string, Input>();
  const walk = ({ hash }: Digest, prefix: string): void => {
    for (const [name, entry] of known.get(hash) ?? []) {
      const path = `${prefix}${name}`;
      if (entry.type === 'directory' && known.has(entry.digest.hash)) walk(entry.digest, `${path}/`);
      else if (entry.type === 'directory') inputs.set(path, { type: 'directory', digest: entry.digest });
      else if (entry.type === 'file')
        inputs.set(path, { type: 'file', digest: entry.digest, ...(entry.executable ? { executable: true } : {}) });
    }
  };
  walk(root, '');
  return inputs;
}

function outputsOf(command: readonly WireField[]): Readonly<Record<string, Output>> {
  const directories = new Set(textsOf(command, 4));
  return Object.fromEntries(
    textsOf(command, 7).map(path => [path, { type: directories.has(path) ? 'directory' : 'file', path } as const]),
  );
}

function pairsOf(fields: readonly WireField[], number: number): Readonly<Record<string, string>> {
  const pairs = fields.filter(({ field }) => field === number).map(({ bytes }) => readWire(bytes) ?? []);
  return Object.fromEntries(pairs.map(pair => [textsOf(pair, 1)[0] ?? '', textsOf(pair, 2)[0] ?? '']));
}

function textsOf(fields: readonly WireField[], number: number): readonly string[] {
  return fields.filter(({ field }) => field === number).map(({ bytes }) => Buffer.from(bytes).toString('utf8'));
}

function bytesOf(fields: readonly WireField[], number: number): Uint8Array {
  return fields.find(({ field }) => field === number)?.bytes ?? new Uint8Array();
}
