/**
 * `aib.local.conf`: the settings of this machine, one a line. Must write only the named setting and leave the rest of the file unchanged.
 *
 *     # A comment ends at the end of its line; // starts one too, where no value is expected
 *     mirror = https://dl-cdn.alpinelinux.org/alpine     a plain value ends at a blank, a quote or #
 *     cache_size : "50G"                                 a quoted one at the last quote before a comment or the line end
 *     mirror = [ "/srv/a b", https://b/alpine ]          or one a line; in these quotes \" and \\ mean " and \
 *
 * It looks like the configuration, but a value outside of a list has no special characters, neither a backslash nor + or $: it is a path or
 * URL.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { writing } from '../../util/files/writing.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { parseSettings, type Setting } from './local-settings.ts';

export type LocalSetting = 'mirror' | 'releases' | 'cache_size' | 'cache_shared' | 'remote_cache';

const HEADING = '# Choices of this machine; not for version control.\n';

/** Undefined if the file does not exist or does not contain it. */
export function readLocal(path: string, name: LocalSetting): Result<string | undefined> {
  const found = find(path, name);
  if (!found.ok) return found;
  const { values = [], firstLine } = found.value.setting ?? {};
  if (values.length <= 1) return ok(values[0]);
  return fail({
    code: 'AIB_CONFIG_VALUE',
    what: `Setting \`${name}\` must be a single value, not a list`,
    where: `${path}:${firstLine}`,
    got: values.join(', '),
    hint: `write ${name} = "${values[0]}"`,
  });
}

/** Empty if the file does not exist or does not contain it. */
export function readLocalList(path: string, name: LocalSetting): Result<readonly string[]> {
  const found = find(path, name);
  return found.ok ? ok(found.value.setting?.values ?? []) : found;
}

/** Does not write the file if it already contains the values, in any spelling. */
export function writeLocal(path: string, name: LocalSetting, values: readonly string[]): Result<void> {
  const found = find(path, name);
  if (!found.ok) return found;
  const { text = HEADING, setting } = found.value;
  if (setting !== undefined && isDeepStrictEqual(setting.values, values)) return ok(undefined);
  const line = lineOf(name, values);
  const changed = setting === undefined ? `${text.replace(/\n?$/, '\n')}${line}\n` : replaced(text, setting, line);
  return writing(path, 'The settings of this machine cannot be written', () => ok(writeFileSync(path, changed)));
}

/** A single value is written in plain quotes if possible: a line break, or a quote followed by a comment, requires the quotes of a list. */
function lineOf(name: LocalSetting, values: readonly string[]): string {
  const alone = `${name} = "${values[0]}"`;
  const readBack = parseSettings(alone, '');
  if (readBack.ok && isDeepStrictEqual(readBack.value[0]?.values, values)) return alone;
  return `${name} = [${values.map(value => JSON.stringify(value)).join(', ')}]`;
}

/** Replaces the lines of a setting, with the comment after it, which belongs to the old value. */
function replaced(text: string, { firstLine, lastLine }: Setting, line: string): string {
  return text
    .split('\n')
    .toSpliced(firstLine - 1, lastLine - firstLine + 1, line)
    .join('\n');
}

interface Found {
  /** Undefined if there is no file. */
  readonly text: string | undefined;
  readonly setting: Setting | undefined;
}

function find(path: string, name: LocalSetting): Result<Found> {
  const text = read(path);
  if (!text.ok) return text;
  if (text.value === undefined) return ok({ text: undefined, setting: undefined });
  const settings = parseSettings(text.value, path);
  if (!settings.ok) return settings;
  return ok({ text: text.value, setting: settings.value.find(setting => setting.name === name) });
}

function read(path: string): Result<string | undefined> {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok(undefined);
    const got = error instanceof Error ? error.message : String(error);
    return fail({ code: 'AIB_CONFIG_FILE', what: 'The settings of this machine cannot be read', where: path, got });
  }
}
