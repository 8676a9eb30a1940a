/** The record of an action as data: what was built from what, one record for each key. */
import type { Artifact } from '../content/artifact.ts';
import type { Digest, Sha256 } from '../content/digest.ts';

/** One named part of a key's preimage, in the order in which it is written; `aib why` compares these. */
export interface Part {
  readonly name: string;
  readonly value: string;
}

/** An output in a record. It has its path, because two rules may use different names for the same output of one action. */
interface RecordedOutput extends Artifact {
  readonly path: string;
  /** Only for a folder: its digest as a Remote Execution `Tree` message. */
  readonly tree?: Digest;
}

/** The canonical Remote Execution messages of an action, in base64. */
export interface ActionMessages {
  readonly action: string;
  readonly command: string;
  /** `Directory` messages of the input root, without those of folders that are inputs themselves. */
  readonly directories: readonly string[];
}

export interface ActionRecord {
  readonly key: Sha256;
  readonly label: string;
  readonly kind: string;
  readonly outputs: Readonly<Record<string, RecordedOutput>>;
  /**
   * The action that ran: replay, `why`, collection and upload read it. Missing in records of aib before 0.2, which stored a description.
   */
  readonly messages?: ActionMessages;
  readonly sort?: 'command' | 'builtin' | 'fetch';
  /** The previous record of its label; for explanations only, and it may be gone by now. */
  readonly replaces?: Sha256;
}

/** A record, with what the store knows about its use. */
export interface StoredRecord {
  readonly record: ActionRecord;
  /** When a build last found or made it, milliseconds since 1970. */
  readonly used: number;
  /** When a label last resolved to it; undefined if each of its labels resolves to another record now. */
  readonly newest: number | undefined;
}
