/** What the fake was asked, in the order in which it was asked; never how it came to its answer. */
import { rightsOf } from './rights.ts';

export interface Call {
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly account: string;
  readonly at: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** 0 while there is no answer, and for one that was cut off. */
  status: number;
  /** Of an error. */
  code: string | undefined;
  /** Whether its work was done, whatever the client was told. */
  applied: boolean;
}

/** Calls that change something at AWS: the others may be made as often as one likes. */
const READS = /^(?:Describe|Get|List|Head)/;

export class CallLog {
  readonly all: Call[] = [];

  add(call: Call): void {
    this.all.push(call);
  }

  of(action: string, region?: string): readonly Call[] {
    return this.all.filter(call => call.action === action && (region === undefined || call.region === region));
  }

  get changes(): readonly Call[] {
    return this.all.filter(({ action }) => !READS.test(action));
  }

  /** What all calls together need of a policy, each once, sorted. */
  get rights(): readonly string[] {
    return [
      ...new Set(this.all.flatMap(({ service, action, parameters }) => rightsOf(service, action, parameters))),
    ].sort();
  }

  clear(): void {
    this.all.length = 0;
  }
}
