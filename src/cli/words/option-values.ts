/** Parses the value of an option by its type. An invalid value is a failure; nothing is guessed. */
import { fail, ok, type Result } from '../../util/result.ts';

export function parseCount(text: string, where: string): Result<number> {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return ok(count);
  return fail({ code: 'AIB_USAGE', what: `${where} must be a whole number from 1`, got: text });
}

export function parseDays(text: string, where: string): Result<number> {
  const days = Number(/^(.*\d)d$/.exec(text)?.[1] ?? text);
  if (Number.isFinite(days) && days >= 0) return ok(days);
  return fail({ code: 'AIB_USAGE', what: `${where} must be a number from 0`, got: text });
}

const UNITS: readonly string[] = ['', 'K', 'M', 'G', 'T'];

/** Bytes of `20G`, `500MiB`, `1.5T`, `1048576`, `unlimited` (Infinity). Units are powers of 1024, as everywhere in aib. */
export function parseSize(
  text: string,
  where: string,
  code: 'AIB_USAGE' | 'AIB_CONFIG_VALUE' = 'AIB_USAGE',
): Result<number> {
  if (text === 'unlimited') return ok(Number.POSITIVE_INFINITY);
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  const power = UNITS.indexOf(unit.toUpperCase());
  if (number !== undefined && power !== -1) return ok(Math.floor(Number(number) * 1024 ** power));
  return fail({
    code,
    what: 'Invalid size',
    where,
    got: text,
    hint: 'write 20G, 500M or unlimited',
  });
}
