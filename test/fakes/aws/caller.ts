/** Who asks the fake of AWS, where, and what a script has in store for what the call begins; never what it asks for. */

export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly requestId: string;
  /** Set if the script says that what this call begins is to end badly. */
  readonly ending: Ending | undefined;
}

export interface Ending {
  readonly code: string;
  readonly message: string;
}
