/**
 * Objects of the outside world: an image at a cloud, a stored file, a release. Each has an identity that is computed from its contents and
 * its place, so any aib on any machine finds it again, and it is created once. It is created in steps that cannot be undone: each step is
 * found or performed, and a run may be killed at any moment.
 */
import { type Digest, digestOf, type Sha256 } from '../../store/content/digest.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import type { Result } from '../../util/result.ts';

/** What the outside world says about an object, such as its name there. */
export type Facts = Readonly<Record<string, string>>;

/**
 * Everything that identifies the object. What may change while it stays the same object, such as its name or its permissions, is not
 * included.
 */
export interface ExternalObject {
  /** Its type and provider, such as `aws-image`. Never renamed. */
  readonly sort: string;
  /** Account, region and everything else that would make it another object. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Its contents, by name. */
  readonly contents: Readonly<Record<string, Digest>>;
}

/**
 * The first line is the format. It is frozen: with a new identity an existing object would be created a second time, and both would cost
 * money. A second format would have to look for objects of the first one.
 */
export function identityPreimage({ sort, parameters, contents }: ExternalObject): string {
  const lines = [
    'aib external object 1',
    `sort ${JSON.stringify(sort)}`,
    ...sorted(parameters).map(([name, value]) => `parameter ${JSON.stringify(name)} ${JSON.stringify(value)}`),
    ...sorted(contents).map(([name, { hash, size }]) => `content ${JSON.stringify(name)} ${hash} ${size}`),
  ];
  return `${lines.join('\n')}\n`;
}

export function identityOf(object: ExternalObject): Sha256 {
  return digestOf(identityPreimage(object)).hash;
}

/** The result of looking up an object, or of a request to create it. */
export type Finding =
  /** `why`: what is missing, if a part of it exists; for the user. */
  | { readonly state: 'absent'; readonly why?: string }
  /** It was started, and continues in the outside world without requests. */
  | Pending
  /** `facts` are all that the next step has to know; those of the last step are the facts of the object. */
  | { readonly state: 'there'; readonly facts: Facts };

export interface Pending {
  readonly state: 'pending';
  /** Identifies it in the next poll. */
  readonly handle: Facts;
  readonly progress?: Progress;
  /** Milliseconds until the next poll. */
  readonly again?: number;
}

export interface Progress {
  /** Bytes. */
  readonly done?: number;
  readonly total?: number;
  /** Milliseconds that it will probably take from now on. */
  readonly left?: number;
}

/** The context of a lookup: any aib can do it, even without the contents of the object. */
export interface FindContext {
  readonly identity: Sha256;
  readonly object: ExternalObject;
  /** Aborted when the build must end. */
  readonly signal: AbortSignal;
}

/** The context of a request. Steps share nothing else: any of them may be the first one in this run. */
export interface MakeContext extends FindContext {
  /** The facts of the previous step; empty for the first step. */
  readonly facts: Facts;
  /** Path of the bytes of an input that the step reads. Read-only. */
  readonly path: (input: string) => string;
  /** The facts of an object that is an input that the step reads. */
  readonly factsOf: (input: string) => Facts;
  readonly progress: (progress: Progress) => void;
}

/**
 * One step in the creation of an object. It returns failures; the provider's code retries what is temporary, such as throttling and lost
 * replies.
 */
export interface Step {
  /** What exists afterwards, such as `snapshot`. */
  readonly name: string;
  /** Provider and region, such as `aws/eu-west-1`: the build's capacity says how many calls may be in progress in each. */
  readonly pool: string;
  /** Inputs whose bytes or facts `make` reads. Nothing else needs them, and they may have to be built for it. */
  readonly reads: readonly string[];
  /** Looks it up by its identity alone: it may have been created by another run, with another store. */
  readonly find: (context: FindContext) => Promise<Result<Finding>>;
  /**
   * Never creates a second object with the same identity, even if `find` does not see the first one yet. It is not interrupted: when the
   * signal is aborted it may return `pending`, if another run can continue from there; if not, it runs to its end.
   */
  readonly make: (context: MakeContext) => Promise<Result<Exclude<Finding, { state: 'absent' }>>>;
  /** Polls what is pending; default: `find`. */
  readonly poll?: (handle: Facts, context: FindContext) => Promise<Result<Finding>>;
}

function sorted<T>(entries: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(entries).sort(([a], [b]) => compareUtf8(a, b));
}
