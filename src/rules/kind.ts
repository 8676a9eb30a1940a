/** The facts of a kind of node. Each is declared beside the rule of its kind; kinds/kind-table.ts lists every kind. */
import type { ParameterFacts } from './parameters.ts';

const SHARED = [
  'release',
  'index',
  'package',
  'iso',
  'toolbox',
  'firmware',
  'source',
  'base-packages',
  'base',
] as const;

export type SharedWord = (typeof SHARED)[number];

/** First words of labels of shared nodes: the names of the shared kinds, without importing the kinds. */
export const SHARED_WORDS: readonly string[] = SHARED;

export type Kind = VariantKind | SharedKind;

/** An output of a variant, with the name of the kind: `//aws/x86_64/uefi/tiny@3.20:disk`. */
export interface VariantKind extends KindBase {
  readonly shared: false;
  /** What is required for the variant's architecture: nothing, files of the mirror, or also a build machine. */
  readonly needs: 'nothing' | 'mirror' | 'machine';
  /** It changes something outside this machine, so it must be named; default false. */
  readonly isSent?: true;
}

/** An object at a cloud for a variant, such as an imported image. */
export const CLOUD_KIND = { shared: false, needs: 'machine', isSent: true } as const satisfies VariantKind;

/** One node for all variants that need it: `//index/3.20/x86_64/main`. No cloud may have the name of the kind. */
export interface SharedKind extends KindBase {
  readonly shared: true;
  /** Names of the label's words behind the kind, for `attr` in a query; none for a path. */
  readonly labelWords: readonly string[];
  /** The same for nodes of foreign repositories: `...` stands for the unnamed words in between. Default: there are none. */
  readonly foreignWords?: readonly string[];
  /** The lock has it; default false. */
  readonly locked?: true;
  /** For a kind with thousands of nodes in a build, which are reported together: the verb for them. Default: each has its own lines. */
  readonly many?: 'fetched';
}

interface KindBase {
  /** Its action runs QEMU; default false. */
  readonly runsMachine?: true;
  /**
   * Its results are shared through a remote cache, because making one takes longer than fetching it (docs/remote.md).
   * Default false.
   */
  readonly isCachedRemotely?: true;
  /** The parameters of its action, by name; none for sources. */
  readonly parameters?: Readonly<Record<string, ParameterFacts>>;
}
