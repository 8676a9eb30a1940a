/**
 * The key of an action: the digest of its canonical Remote Execution `Action` message, and the same preimage as readable parts. Both are
 * made from one ActionSpec in one place, so that an explanation never names something that is not in the key, and never omits something
 * that is.
 *
 *     Action   command_digest = 1, input_root_digest = 2, timeout = 6 {seconds = 1}, platform = 10
 *     Command  arguments = 1, environment_variables = 2 {name = 1, value = 2}, output_files = 3, output_directories = 4,
 *              platform = 5 {properties = 1 {name = 1, value = 2}}, output_paths = 7
 *
 * `output_files` and `output_directories` repeat `output_paths` for servers of version 2.0.
 */
import { type Digest, digestOf, type Sha256 } from '../../store/content/digest.ts';
import {
  type EncodedTree,
  type Entry,
  encodeTree,
  isCanonicalPath,
  writeDigest,
} from '../../store/content/directory.ts';
import type { Part } from '../../store/records/action-record.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { internal } from '../../util/failure.ts';
import { WireWriter } from '../../util/wire.ts';
import type { ActionSpec, Output } from './action.ts';

export interface EncodedAction {
  readonly spec: ActionSpec;
  readonly key: Sha256;
  readonly action: { readonly digest: Digest; readonly bytes: Buffer };
  readonly command: { readonly digest: Digest; readonly bytes: Buffer };
  readonly inputRoot: EncodedTree;
  readonly parts: readonly Part[];
}

export function encodeAction(spec: ActionSpec): EncodedAction {
  const command = withDigest(encodeCommand(spec));
  const inputRoot = encodeTree(inputTree(spec));
  const writer = new WireWriter()
    .nested(1, digest => writeDigest(digest, command.digest))
    .nested(2, digest => writeDigest(digest, inputRoot.root));
  if (spec.timeoutSeconds > 0) writer.nested(6, timeout => timeout.integer(1, spec.timeoutSeconds));
  if (Object.keys(spec.platform).length > 0) writer.nested(10, platform => writePlatform(platform, spec));
  const action = withDigest(writer.finish());
  return {
    spec,
    key: action.digest.hash,
    action,
    command,
    inputRoot,
    // Lazy: they are not used for an action that has a record.
    get parts() {
      return describeAction(spec);
    },
  };
}

/** The parts of a preimage in a fixed order, under names that mean something to the reader of `aib why`. */
export function describeAction(spec: ActionSpec): readonly Part[] {
  const parts: Part[] = spec.arguments.map((value, index) => ({ name: `argument ${index}`, value }));
  for (const [name, value] of sorted(spec.environment)) parts.push({ name, value });
  for (const [path, input] of [...spec.inputs].sort(([a], [b]) => compareUtf8(a, b))) {
    const mode = input.type === 'file' && input.executable === true ? ' executable' : '';
    parts.push({ name: `input ${path}`, value: `${input.type}${mode} ${input.digest.hash}/${input.digest.size}` });
  }
  // As on the wire: the path of an output is part of the action, the name that the rule gives it is not.
  for (const { path, type } of outputsOf(spec)) parts.push({ name: `output ${path}`, value: type });
  for (const [name, value] of sorted(spec.platform)) parts.push({ name: `platform ${name}`, value });
  parts.push({ name: 'time limit', value: `${spec.timeoutSeconds} s` });
  return parts;
}

/** Names of the parts that differ, those of `after` first. */
export function differingParts(before: readonly Part[], after: readonly Part[]): readonly string[] {
  const old = new Map(before.map(part => [part.name, part.value]));
  const changed = after.filter(part => old.get(part.name) !== part.value).map(part => part.name);
  const names = new Set(after.map(part => part.name));
  return [...changed, ...before.filter(part => !names.has(part.name)).map(part => part.name)];
}

function encodeCommand(spec: ActionSpec): Buffer {
  const outputs = outputsOf(spec);
  const pathsOf = (wanted: Output['type']): string[] =>
    outputs.filter(({ type }) => type === wanted).map(({ path }) => path);
  const writer = new WireWriter().texts(1, spec.arguments);
  for (const [name, value] of sorted(spec.environment))
    writer.nested(2, variable => variable.text(1, name).text(2, value));
  writer.texts(3, pathsOf('file')).texts(4, pathsOf('directory'));
  if (Object.keys(spec.platform).length > 0) writer.nested(5, platform => writePlatform(platform, spec));
  return writer
    .texts(
      7,
      outputs.map(({ path }) => path),
    )
    .finish();
}

/** Sorted by path; a path outside the working folder, or the same path for two outputs, is a bug of a rule. */
function outputsOf(spec: ActionSpec): readonly Output[] {
  const outputs = Object.values(spec.outputs).sort((a, b) => compareUtf8(a.path, b.path));
  const seen = new Set<string>();
  for (const { path } of outputs) {
    if (!isCanonicalPath(path) || seen.has(path)) throw internal(`invalid or duplicate output path: ${path}`);
    seen.add(path);
  }
  return outputs;
}

function writePlatform(writer: WireWriter, spec: ActionSpec): void {
  for (const [name, value] of sorted(spec.platform))
    writer.nested(1, property => property.text(1, name).text(2, value));
}

function inputTree(spec: ActionSpec): Map<string, Entry> {
  const tree = new Map<string, Entry>();
  for (const [path, input] of spec.inputs) {
    tree.set(
      path,
      input.type === 'directory'
        ? { type: 'directory', digest: input.digest }
        : { type: 'file', digest: input.digest, executable: input.executable === true },
    );
  }
  return tree;
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => compareUtf8(a, b));
}

function withDigest(bytes: Buffer): { digest: Digest; bytes: Buffer } {
  return { digest: digestOf(bytes), bytes };
}
