/** The options of the command line, once each: how they are written, what they mean, and what becomes of their values. */
import type { WordLists } from './word-lists.ts';

export interface Options extends WordLists {
  readonly cache?: string;
  readonly mirror?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly keepGoing?: boolean;
  readonly failFast?: boolean;
  readonly jobs?: string;
  readonly output?: string;
  readonly state?: boolean;
  readonly explain?: boolean;
  readonly expectCached?: boolean;
  readonly userland?: string;
  readonly to?: string;
  readonly factored?: boolean;
  readonly by?: string;
  readonly yaml?: boolean;
  readonly origin?: boolean;
  readonly diff?: boolean;
  readonly check?: boolean;
  readonly configs?: string;
  readonly releases?: string;
  readonly cacheSize?: string;
  readonly maxSize?: string;
  readonly keepDays?: string;
  readonly dryRun?: boolean;
  readonly deep?: boolean;
}
