/**
 * The settings of the fake of AWS for tests: accounts, regions, rights, quotas, and delays. Calls never change them, except settings of the
 * account itself.
 */
import type { Lag } from './lag.ts';

export interface Settings {
  /** The account of each access key; any other key belongs to the first account. */
  accounts: Record<string, string>;
  /** Access keys that have expired. */
  expired: string[];
  /** Denied rights, such as `ec2:RegisterImage`; in one region only, `ec2:RegisterImage eu-west-1`. */
  denied: string[];
  regions: { name: string; opt: 'opt-in-not-required' | 'opted-in' | 'not-opted-in' }[];
  /** Roles that the import service may use. */
  roles: string[];
  /** By region; by default nothing is blocked. */
  imageBlockPublicAccess: Record<string, 'block-new-sharing' | 'unblocked'>;
  snapshotBlockPublicAccess: Record<string, 'block-all-sharing' | 'block-new-sharing' | 'unblocked'>;
  /** Regions where new objects are always encrypted. */
  encryptedByDefault: string[];
  quota: {
    publicImages: number;
    copies: number;
    imports: number;
    pendingSnapshots: number;
  };
  lag: {
    /** Until a new object is visible for other calls. */
    visible: Lag;
    /** Until a started snapshot accepts blocks. */
    writable: Lag;
    /** Until a sealed snapshot is completed. */
    completed: Lag;
    /** Until a registered image is available. */
    registered: Lag;
    copied: Lag;
    /** For each step of an import. */
    import: Lag;
  };
  /** Maximum number of results in a page, regardless of the request. */
  page: number;
  /** Minimum bytes of a part of an upload, except the last part. */
  part: number;
  /** Maximum difference between the date of a request and the clock; undefined for a simulated clock. */
  skewMs: number | undefined;
  /** Whether the token of a request is remembered after its object is gone; not confirmed with a real account. */
  tokensOutlive: boolean;
  /** Milliseconds for which tokens of pages and blocks are valid. */
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
