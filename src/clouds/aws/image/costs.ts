/**
 * Estimates the costs of objects at AWS from a dated table of prices, for the output of `aib plan`. Never exact: real costs depend on the
 * region and on the rest of the account. Uses no network and no SDK.
 */

/** US dollars in us-east-1, from aws.amazon.com/ebs/pricing and aws.amazon.com/ec2/pricing/on-demand. */
const PRICES = {
  of: 'us-east-1 in November 2026',
  putBlock: 0.006 / 1_000,
  snapshotGibMonth: 0.05,
  transferGib: 0.02,
} as const;

const BLOCK = 512 << 10;
const GIB = 2 ** 30;

/** Non-zero bytes of each; undefined if the disk is not built. */
export interface ExpectedObjects {
  readonly imports: readonly (number | undefined)[];
  readonly copies: readonly (number | undefined)[];
  readonly publications: number;
}

export interface ExpectedCosts {
  /** More if the data is scattered, less if blocks are shared with another snapshot. */
  readonly bytes: number;
  readonly blocks: number;
  /** US dollars. */
  readonly once: number;
  readonly monthly: number;
  /** Whether all disks are known. */
  readonly isWhole: boolean;
  readonly pricesOf: string;
}

export function expectedCosts({ imports, copies }: ExpectedObjects): ExpectedCosts {
  const bytesOf = (disks: readonly (number | undefined)[]): number =>
    disks.reduce((sum: number, each = 0) => sum + each, 0);
  const [sent, copied] = [bytesOf(imports), bytesOf(copies)];
  const blocks = imports.reduce((sum: number, each = 0) => sum + Math.ceil(each / BLOCK), 0);
  return {
    ...{ bytes: sent, blocks },
    once: blocks * PRICES.putBlock + (copied / GIB) * PRICES.transferGib,
    monthly: ((sent + copied) / GIB) * PRICES.snapshotGibMonth,
    isWhole: [...imports, ...copies].every(each => each !== undefined),
    pricesOf: PRICES.of,
  };
}
