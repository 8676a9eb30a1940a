/** What is known of a kind of node besides how its outputs are made. Stands beside the rule; kinds/kind-table.ts lists every kind. */
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

/** First words of labels that name what variants share: the names of the shared kinds, without the kinds themselves. */
export const SHARED_WORDS: readonly string[] = SHARED;

export type Kind = VariantKind | SharedKind;

/** An output of a variant, which is called as the kind is: `//aws/x86_64/uefi/tiny@3.20:disk`. */
export interface VariantKind extends KindBase {
  readonly shared: false;
  /** What must be there for the variant's architecture before any of it can be built: nothing, what the mirror serves, or a build machine too. */
  readonly needs: 'nothing' | 'mirror' | 'machine';
  /** It goes out into the world, and has to be named; default false. */
  readonly isSent?: true;
}

/** An object of the outside world, of a variant: nothing of it is made here but what it is made of. */
export const CLOUD_KIND = { shared: false, needs: 'machine', isSent: true } as const satisfies VariantKind;

/** Stands once for all variants that need it: `//index/3.20/x86_64/main`. No cloud may be called as the kind is. */
export interface SharedKind extends KindBase {
  readonly shared: true;
  /** What the words of its labels behind the kind are, as `attr` asks for them in a query; none for a path. */
  readonly labelWords: readonly string[];
  /** The same where it comes from outside of Alpine: `...` stands for the words in between, which have no name. Default: it never does. */
  readonly foreignWords?: readonly string[];
  /** The lock has it; default false. */
  readonly locked?: true;
  /** Of a kind of which a build may have thousands: what becomes of each. A build tells of them together; default: each has lines of its own. */
  readonly many?: 'fetched';
}

interface KindBase {
  /** Its own action runs QEMU; default false. */
  readonly runsMachine?: true;
  /** Of its action, by name; none for what is only read. */
  readonly parameters?: Readonly<Record<string, ParameterFacts>>;
}
