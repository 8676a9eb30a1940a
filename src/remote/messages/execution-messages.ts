/**
 * The messages of the Remote Execution API, version 2, that describe actions and results: field numbers of
 * build/bazel/remote/execution/v2/remote_execution.proto. Contains no field that is not in that file.
 */
import type { Digest, Sha256 } from '../../store/content/digest.ts';
import type { Message, Shape } from './message-codec.ts';

const DIGEST = { hash: text(1), size: integer(2) } as const satisfies Shape;
const SPAN = { seconds: integer(1), nanos: integer(2) } as const satisfies Shape;
const PAIR = { name: text(1), value: text(2) } as const satisfies Shape;
const ANY = { type: text(1), value: bytes(2) } as const satisfies Shape;

const NODE_PROPERTIES = {
  properties: messages(1, PAIR),
  modified: message(2, SPAN),
  mode: message(3, { value: integer(1) }),
} as const satisfies Shape;

const PLATFORM = { properties: messages(1, PAIR) } as const satisfies Shape;

export const ACTION = {
  command: message(1, DIGEST),
  inputRoot: message(2, DIGEST),
  timeout: message(6, SPAN),
  doNotCache: boolean(7),
  salt: bytes(9),
  platform: message(10, PLATFORM),
} as const satisfies Shape;

export const COMMAND = {
  arguments: texts(1),
  environment: messages(2, PAIR),
  outputFiles: texts(3),
  outputDirectories: texts(4),
  platform: message(5, PLATFORM),
  workingDirectory: text(6),
  outputPaths: texts(7),
  outputNodeProperties: texts(8),
  outputDirectoryFormat: integer(9),
} as const satisfies Shape;

const SYMLINK = { name: text(1), target: text(2), properties: message(4, NODE_PROPERTIES) } as const satisfies Shape;

export const DIRECTORY = {
  files: messages(1, {
    name: text(1),
    digest: message(2, DIGEST),
    executable: boolean(4),
    properties: message(6, NODE_PROPERTIES),
  }),
  directories: messages(2, { name: text(1), digest: message(2, DIGEST) }),
  symlinks: messages(3, SYMLINK),
  properties: message(5, NODE_PROPERTIES),
} as const satisfies Shape;

export const TREE = { root: message(1, DIRECTORY), children: messages(2, DIRECTORY) } as const satisfies Shape;

const EXECUTION_METADATA = {
  worker: text(1),
  queued: message(2, SPAN),
  workerStart: message(3, SPAN),
  workerCompleted: message(4, SPAN),
  inputFetchStart: message(5, SPAN),
  inputFetchCompleted: message(6, SPAN),
  executionStart: message(7, SPAN),
  executionCompleted: message(8, SPAN),
  outputUploadStart: message(9, SPAN),
  outputUploadCompleted: message(10, SPAN),
  auxiliary: messages(11, ANY),
  duration: message(12, SPAN),
} as const satisfies Shape;

export const ACTION_RESULT = {
  files: messages(2, {
    path: text(1),
    digest: message(2, DIGEST),
    executable: boolean(4),
    contents: bytes(5),
    properties: message(7, NODE_PROPERTIES),
  }),
  directories: messages(3, {
    path: text(1),
    tree: message(3, DIGEST),
    sorted: boolean(4),
    root: message(5, DIGEST),
  }),
  exitCode: integer(4),
  stdout: bytes(5),
  stdoutDigest: message(6, DIGEST),
  stderr: bytes(7),
  stderrDigest: message(8, DIGEST),
  metadata: message(9, EXECUTION_METADATA),
  fileSymlinks: messages(10, SYMLINK),
  directorySymlinks: messages(11, SYMLINK),
  symlinks: messages(12, SYMLINK),
} as const satisfies Shape;

export type ActionResult = Message<typeof ACTION_RESULT>;

/** Undefined unless it can name a blob. The size of an empty blob is the default, so it is not in the message. */
export function digestIn(encoded: Message<typeof DIGEST> | undefined): Digest | undefined {
  const { hash = '', size = 0 } = encoded ?? {};
  return /^[0-9a-f]{64}$/.test(hash) ? { hash: hash as Sha256, size } : undefined;
}

function text<N extends number>(number: N) {
  return { type: 'text', number } as const;
}

function texts<N extends number>(number: N) {
  return { type: 'texts', number } as const;
}

function integer<N extends number>(number: N) {
  return { type: 'integer', number } as const;
}

function boolean<N extends number>(number: N) {
  return { type: 'boolean', number } as const;
}

function bytes<N extends number>(number: N) {
  return { type: 'bytes', number } as const;
}

function message<N extends number, S extends Shape>(number: N, of: S) {
  return { type: 'message', number, of } as const;
}

function messages<N extends number, S extends Shape>(number: N, of: S) {
  return { type: 'messages', number, of } as const;
}
