/** Why a node is made, as data: what `aib why` prints and what `--json` gives. Holds no text that only a terminal needs. */
import type { PackageChange } from '../../rules/package-changes.ts';
import type { Failure } from '../../util/failure.ts';

/**
 * `current`: nothing has to be done. `runs`, `unsure`, `broken`: as in a plan (src/engine/build/plan.ts). `ran`: it is past, and this is why.
 */
export type Verdict = 'current' | 'runs' | 'unsure' | 'broken' | 'ran';

export interface Explanation {
  readonly label: string;
  readonly kind: string;
  readonly verdict: Verdict;
  /** In a few words, as after "because"; empty for what is current. */
  readonly reason: string;
  /** All that differs from the action that the label stood for before. */
  readonly causes: readonly Cause[];
}

export type Cause = ParameterCause | InputCause | PackagesCause | DependencyCause | FailureCause;

/** A value that the action is told. */
export interface ParameterCause {
  readonly type: 'parameter';
  /** As in the key: `KERNEL_OPTIONS`. */
  readonly name: string;
  /** What it is, for people. */
  readonly words: string;
  /** Undefined where there was none, or is none any more. */
  readonly before?: string;
  readonly after?: string;
  /** Of values that are lists: what came and what went. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Whether those that are in both stand otherwise than before, in order or number. */
  readonly reordered: boolean;
  /** `file:line:column` of the settings, or `file:line` of the lock, that the new value comes from. */
  readonly places: readonly string[];
}

/** Something that the action reads. */
export interface InputCause {
  readonly type: 'input';
  /** Its path in the action's input root. */
  readonly input: string;
  /** `runs`: only whether its name leads to a program changed. */
  readonly change: 'added' | 'removed' | 'content' | 'mode';
  /** The node that gives it. */
  readonly from?: string;
  /** How that node came to give other bytes, if it is made by an action. */
  readonly by?: Explanation;
  /** What is different, if it is a file or folder that people edit. */
  readonly files: readonly FileChange[];
}

export interface FileChange {
  /** Absolute, or inside the folder that changed. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'text' | 'binary' | 'mode' | 'link';
  /** Where the new text differs, lines from 1, both ends included; a place where lines are gone is the line behind it. */
  readonly lines: readonly { readonly from: number; readonly to: number }[];
  /**
   * Lines that went and came, with `-` and `+` before them, and `\ No newline at end of file` behind the last of a text that ends so; after the
   * first of them how many more there are.
   */
  readonly diff: readonly string[];
}

/** Packages that the lock names others of, or that are asked for now. */
interface PackagesCause {
  readonly type: 'packages';
  readonly packages: readonly PackageChange[];
}

/** Something that this node depends on is made first, so what it gives is not known yet. */
interface DependencyCause {
  readonly type: 'dependency';
  readonly by: Explanation;
}

interface FailureCause {
  readonly type: 'failure';
  readonly failure: Failure;
}
