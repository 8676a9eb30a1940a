/** The account and region of a call to the fake of AWS, and the scripted ending of what it starts. Never contains the request itself. */

export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly requestId: string;
  /** Set if the script makes the work that this call starts fail. */
  readonly ending: Ending | undefined;
}

export interface Ending {
  readonly code: string;
  readonly message: string;
}
