/** Whose a range of bytes is, in words. */
export interface Region {
  readonly offset: number;
  readonly size: number;
  readonly owner: string;
}
