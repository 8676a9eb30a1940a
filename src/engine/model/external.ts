/**
 * Objects of the outside world: an image at a cloud, a stored file, a release. One is known by an identity that is computed from what it is made
 * of and where it stands, so it is found again by any aib, on any machine, and made once. It comes about in steps, and nobody can take a step
 * back: each is found or made, and a run may be killed between any two moments of it.
 */
import { type Digest, digestOf, type Sha256 } from '../../store/content/digest.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import type { Result } from '../../util/result.ts';

/** What the outside world says of an object, such as the name that it goes by there. */
export type Facts = Readonly<Record<string, string>>;

/** All that makes it this object and no other. What may change while it stays the same, such as its name or who may use it, is no part. */
export interface ExternalObject {
  /** What it is and where, such as `aws-image`. Never renamed. */
  readonly sort: string;
  /** Account, region and whatever else would be another object if it were different. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What it is made of, by name. */
  readonly contents: Readonly<Record<string, Digest>>;
}

/**
 * The first line is the format. It is frozen: what was made under an identity would be made again under another, and both be paid for. A second
 * format would have to look for objects of the first one.
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

/** What came of asking for an object, or of a request to make it. */
export type Finding =
  /** `why`: what it lacks, where there is a part of it; for people. */
  | { readonly state: 'absent'; readonly why?: string }
  /** It was begun, and the outside world goes on with it by itself. */
  | Pending
  /** `facts` are all that the next step has to know; those of the last step are what is known of the object. */
  | { readonly state: 'there'; readonly facts: Facts };

export interface Pending {
  readonly state: 'pending';
  /** By which it is asked for again. */
  readonly handle: Facts;
  readonly progress?: Progress;
  /** Milliseconds after which to ask again. */
  readonly again?: number;
}

export interface Progress {
  /** Bytes. */
  readonly done?: number;
  readonly total?: number;
  /** Milliseconds that it is likely to take yet. */
  readonly left?: number;
}

/** What a question is given: any aib may ask, also one that has nothing of what the object is made of. */
export interface FindContext {
  readonly identity: Sha256;
  readonly object: ExternalObject;
  /** Aborted when the build is to end. */
  readonly signal: AbortSignal;
}

/** What a request is given. Steps share nothing else: any of them may be the first that this run takes. */
export interface MakeContext extends FindContext {
  /** Of the step before; empty for the first one. */
  readonly facts: Facts;
  /** Where the bytes of an input lie, of those that the step reads. Not to be written to. */
  readonly path: (input: string) => string;
  /** What is known of an object that is an input, of those that the step reads. */
  readonly factsOf: (input: string) => Facts;
  readonly progress: (progress: Progress) => void;
}

/**
 * One step on the way to an object. A failure is told as one; what passes by itself, such as throttling and lost replies, is the provider's to try
 * again.
 */
export interface Step {
  /** As in "snapshot": what is there afterwards. */
  readonly name: string;
  /** Provider and region, such as `aws/eu-west-1`: the build's capacity says how many calls may be under way in each. */
  readonly pool: string;
  /** Inputs whose bytes or facts `make` reads. Nothing else asks for them, and they may have to be made for it. */
  readonly reads: readonly string[];
  /** Asks the outside world by the identity alone: neither this run nor this store need have made it. */
  readonly find: (context: FindContext) => Promise<Result<Finding>>;
  /**
   * Never makes a second object under one identity, even if `find` does not see the first one yet. Is never broken off: when the signal is aborted
   * it may answer `pending`, if another run can go on from there, and else goes on to its end.
   */
  readonly make: (context: MakeContext) => Promise<Result<Exclude<Finding, { state: 'absent' }>>>;
  /** Asks for what is pending; default: `find`. */
  readonly poll?: (handle: Facts, context: FindContext) => Promise<Result<Finding>>;
}

function sorted<T>(entries: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(entries).sort(([a], [b]) => compareUtf8(a, b));
}
