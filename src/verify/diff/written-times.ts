/** Finds times in lines of text, in many formats, and compares them. Never treats a part of a longer word as a time. */
const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const CLOCK = String.raw`\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?`;
/** Formats of times: ISO 8601, date(1), mail, syslog, only a clock, only digits, seconds since 1970. */
const TIMES = new RegExp(
  [
    String.raw`\b(?:19|20)\d\d-\d\d-\d\d(?:[T _]${CLOCK}(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?`,
    String.raw`\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:${MONTHS}) [ \d]\d ${CLOCK}(?: [A-Z]{3,4})? \d{4}`,
    String.raw`\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:${MONTHS}) \d{4}(?: ${CLOCK}(?: (?:[+-]\d{4}|[A-Z]{3,4}))?)?`,
    String.raw`\b(?:${MONTHS}) [ \d]\d ${CLOCK}`,
    String.raw`(?<![\w.:])${CLOCK}(?![\w:])`,
    String.raw`(?<![\w.])(?:19|20)\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])(?:T?\d{6}Z?)?(?!\w)`,
    String.raw`(?<![\w.])1\d{9}(?:\.\d+|\d{3})?(?!\w)`,
  ].join('|'),
  'g',
);
/** Two times are near if they differ by at most this many milliseconds: five years. */
const NEAR = 5 * 366 * 86_400_000;
const BYTES = /\b[0-9a-f]{2}(?:[ :-][0-9a-f]{2}){5,}\b/gi;

/** Removes the times from a line, and the separators between bytes in digits. */
export function masked(line: string, isShadow: boolean): { readonly rest: string; readonly times: readonly string[] } {
  const times: string[] = [];
  const take = (time: string): string => {
    times.push(time);
    return '\0';
  };
  // In /etc/shadow: the day of the last password change, counted from 1970.
  const text = isShadow
    ? line.replace(/^([^:]*:[^:]*:)(\d{5})(?=:)/, (_, start: string, day: string) => start + take(isoDay(day)))
    : line;
  return { rest: text.replace(TIMES, take).replace(BYTES, bytes => bytes.replaceAll(/[ :-]/g, '')), times };
}

function isoDay(day: string): string {
  return new Date(Number(day) * 86_400_000).toISOString().slice(0, 10);
}

export function isNear(before: string, after = ''): boolean {
  const [was, is] = [momentOf(before), momentOf(after)];
  return was === is || Math.abs(was - is) <= NEAR;
}

/** NaN for an invalid date. A clock without a date, or a date without a year, gets a fixed date or year. */
function momentOf(time: string): number {
  if (/^1\d{9}/.test(time)) return Number(time.length === 13 ? time : Number(time) * 1_000);
  if (/^\d\d:/.test(time)) return Date.parse(`2000-01-01T${time.replace(',', '.')}Z`);
  const digits = /^(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)Z?)?$/.exec(time);
  if (digits !== null) {
    const [, year, month, day, hour = '00', minute = '00', second = '00'] = digits;
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  }
  return Date.parse(
    /^[A-Z][a-z]{2} [ \d]\d \d\d:/.test(time) ? `${time} 2000` : time.replace('_', 'T').replace(',', '.'),
  );
}
