/** Why a node runs, as data: `aib why` prints it, also as JSON. Must never contain text that only a terminal needs. */
import type { PackageChange } from '../../rules/package-changes.ts';
import type { Failure } from '../../util/failure.ts';

/**
 * `current`: nothing has to be done. `runs`, `unsure`, `broken`: as in a plan (src/engine/build/plan.ts). `ran`: it has already run.
 */
export type Verdict = 'current' | 'runs' | 'unsure' | 'broken' | 'ran';

export interface Explanation {
  readonly label: string;
  readonly kind: string;
  readonly verdict: Verdict;
  /** A few words that can follow "because"; empty if it is current. */
  readonly reason: string;
  /** All differences from the previous action of the label. */
  readonly causes: readonly Cause[];
}

export type Cause = ParameterCause | InputCause | PackagesCause | DependencyCause | FailureCause;

/** A parameter of the action. */
export interface ParameterCause {
  readonly type: 'parameter';
  /** Its name in the key: `KERNEL_OPTIONS`. */
  readonly name: string;
  /** Its meaning, for the user. */
  readonly words: string;
  /** `before` is undefined if it is new, `after` if it was removed. */
  readonly before?: string;
  readonly after?: string;
  /** For lists: the items that are new, and those that were removed. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Whether the items that are in both have a different order or number. */
  readonly reordered: boolean;
  /** The origin of the new value: `file:line:column` of the settings, or `file:line` of the lock. */
  readonly places: readonly string[];
}

/** An input of the action. */
export interface InputCause {
  readonly type: 'input';
  /** Its path in the action's input root. */
  readonly input: string;
  /** `mode`: only its executable bit changed. */
  readonly change: 'added' | 'removed' | 'content' | 'mode';
  /** The node that makes it. */
  readonly from?: string;
  /** Why that node has different bytes, if it has an action. */
  readonly by?: Explanation;
  /** The differences, if it is a file or folder that users edit. */
  readonly files: readonly FileChange[];
}

export interface FileChange {
  /** Absolute, or relative to the changed folder. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'text' | 'binary' | 'mode' | 'link';
  /** The changed lines of the new text, from 1, both ends included; for removed lines, the line after them. */
  readonly lines: readonly { readonly from: number; readonly to: number }[];
  /**
   * Removed and added lines, with the prefixes `-` and `+`, and `\ No newline at end of file` after the last line of a text without a final
   * line feed; if there are too many, the last entry says how many more there are.
   */
  readonly diff: readonly string[];
}

/** Packages that were added, removed, or have another version. */
interface PackagesCause {
  readonly type: 'packages';
  readonly packages: readonly PackageChange[];
}

/** A dependency must be built first, so its outputs are not known yet. */
interface DependencyCause {
  readonly type: 'dependency';
  readonly by: Explanation;
}

interface FailureCause {
  readonly type: 'failure';
  readonly failure: Failure;
}
