/** What a test may set on the fake of AWS: accounts, regions, rights, quotas, and how long things take. Never changed by a call, but for what the account itself may set. */
import type { Lag } from './lag.ts';

export interface Settings {
  /** Access keys, and whose account each is for; any other key is of the first account. */
  accounts: Record<string, string>;
  /** Access keys that have expired. */
  expired: string[];
  /** Rights that nobody has, such as `ec2:RegisterImage`; in one region alone, `ec2:RegisterImage eu-west-1`. */
  denied: string[];
  regions: { name: string; opt: 'opt-in-not-required' | 'opted-in' | 'not-opted-in' }[];
  /** Roles that the import service may use. */
  roles: string[];
  /** By region; where none is set, nothing is blocked. */
  imageBlockPublicAccess: Record<string, 'block-new-sharing' | 'unblocked'>;
  snapshotBlockPublicAccess: Record<string, 'block-all-sharing' | 'block-new-sharing' | 'unblocked'>;
  /** Regions where what is new is encrypted, whatever the call says. */
  encryptedByDefault: string[];
  quota: {
    publicImages: number;
    copies: number;
    imports: number;
    pendingSnapshots: number;
  };
  lag: {
    /** What was made is seen by others, and by later calls. */
    visible: Lag;
    /** A snapshot that was started takes blocks. */
    writable: Lag;
    /** A snapshot that is complete has been put together. */
    completed: Lag;
    /** An image that was registered is available. */
    registered: Lag;
    copied: Lag;
    /** Each step of an import. */
    import: Lag;
  };
  /** Results of a page, at most, whatever the client asks for. */
  page: number;
  /** Bytes of a part of an upload that is not the last, at least. */
  part: number;
  /** How far the date of a request may be from the clock; undefined for a clock that is not of this world. */
  skewMs: number | undefined;
  /** Whether the token of a request is remembered when what was made by it is gone: no real account has told. */
  tokensOutlive: boolean;
  /** How long the tokens of pages and blocks can be used. */
  tokenMs: number;
}

const ACCOUNT = '123456789012';

export function defaultSettings(): Settings {
  return {
    accounts: { AKIDEXAMPLE: ACCOUNT },
    expired: [],
    denied: [],
    regions: [
      ...['eu-central-1', 'eu-west-1', 'us-east-1', 'us-west-2'].map(name => ({
        name,
        opt: 'opt-in-not-required' as const,
      })),
      { name: 'eu-south-1', opt: 'opted-in' },
      { name: 'af-south-1', opt: 'not-opted-in' },
    ],
    roles: ['vmimport'],
    imageBlockPublicAccess: {},
    snapshotBlockPublicAccess: {},
    encryptedByDefault: [],
    quota: { publicImages: 5, copies: 5, imports: 5, pendingSnapshots: 100 },
    lag: { visible: {}, writable: {}, completed: {}, registered: {}, copied: {}, import: {} },
    page: 1000,
    part: 5 * 1024 * 1024,
    skewMs: undefined,
    tokensOutlive: false,
    tokenMs: 60 * 60_000,
  };
}
