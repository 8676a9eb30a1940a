/** Seconds since 1970 as `2024-09-06 00:00:00`; an invalid date as a number. Never throws. */
export function isoTime(seconds: number): string {
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? `${seconds} s` : time.toISOString().replace('T', ' ').slice(0, -5);
}
