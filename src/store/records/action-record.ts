/** What was built from what, as data: one record for each key of an action. */
import type { Artifact } from '../content/artifact.ts';
import type { Digest, Sha256 } from '../content/digest.ts';

/** One named part of a key's preimage, in the order in which it is written; what `aib why` compares. */
export interface Part {
  readonly name: string;
  readonly value: string;
}

/** An output as it is recorded: two rules may give other names to what one action makes at a path. */
interface RecordedOutput extends Artifact {
  readonly path: string;
  /** Of a folder, its digest as a Remote Execution `Tree` message. */
  readonly tree?: Digest;
}

/** The canonical Remote Execution messages of an action, in base64. */
export interface ActionMessages {
  readonly action: string;
  readonly command: string;
  /** `Directory` messages of the input root, but for what lies below folders that are inputs themselves. */
  readonly directories: readonly string[];
}

export interface ActionRecord {
  readonly key: Sha256;
  readonly label: string;
  readonly kind: string;
  readonly outputs: Readonly<Record<string, RecordedOutput>>;
  /** What was run: replay, `why`, collection and upload read it back. Missing in records of aib before 0.2, which kept a description. */
  readonly messages?: ActionMessages;
  readonly sort?: 'command' | 'builtin' | 'fetch';
  /** The record that its label stood for before it was made; for explanations only, and perhaps gone since. */
  readonly replaces?: Sha256;
}

/** A record with what the store knows of its use. */
export interface StoredRecord {
  readonly record: ActionRecord;
  /** When a build last found or made it, milliseconds since 1970. */
  readonly used: number;
  /** When a label last stood for it; undefined if each of its labels stands for another one by now. */
  readonly newest: number | undefined;
}
