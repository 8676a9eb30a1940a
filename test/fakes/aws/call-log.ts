/** The calls to the fake, in order. Never contains how an answer was made. */
import { rightsOf } from './rights.ts';

export interface Call {
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly account: string;
  readonly at: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** 0 while there is no answer, and for a connection that was cut. */
  status: number;
  /** The code of an error. */
  code: string | undefined;
  /** Whether its work was done, regardless of the answer to the client. */
  applied: boolean;
}

/** Calls that change nothing at AWS, and may be made any number of times. */
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

  /** The rights that all calls together need, each once, sorted. */
  get rights(): readonly string[] {
    return [
      ...new Set(this.all.flatMap(({ service, action, parameters }) => rightsOf(service, action, parameters))),
    ].sort();
  }

  clear(): void {
    this.all.length = 0;
  }
}
