/** Formats a date and time in the local time zone, for display only. */

/** 2026-11-26 08:03:12 */
export function formatWhen(ms: number): string {
  const date = new Date(ms);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return `${day.map(two).join('-')} ${time.map(two).join(':')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
