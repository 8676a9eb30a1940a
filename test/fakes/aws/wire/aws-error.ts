/** An error answer of the fake of AWS, for any protocol. Must never be thrown for a bug of the fake itself. */

export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the answer, such as `Reason` of EBS or `BucketName` of S3. */
  readonly members: Readonly<Record<string, string>>;

  constructor(code: string, message: string, options: { status?: number; members?: Record<string, string> } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
  }
}
