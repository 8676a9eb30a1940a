/**
 * `aib.local.conf`: what this machine chose, one setting a line. Writes only the setting that it is asked to, and leaves the rest as it is.
 *
 *     # A comment goes to the end of its line; // starts one too, where no value is expected
 *     mirror = https://dl-cdn.alpinelinux.org/alpine     a plain value ends at a blank, a quote or #
 *     cache_size : "50G"                                 a quoted one at the last quote that a comment or nothing follows
 *     mirror = [ "/srv/a b", https://b/alpine ]          or one a line; in these quotes \" and \\ stand for " and \
 *
 * It looks like the configuration, but nothing is special in a value that stands alone, neither a backslash nor + or $: it is a path or URL.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { writing } from '../../util/files/writing.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { parseSettings, type Setting } from './local-settings.ts';

export type LocalSetting = 'mirror' | 'releases' | 'cache_size' | 'cache_shared';

const HEADING = '# Choices of this machine; not for version control.\n';

/** Undefined if the file does not say, or is not there. */
export function readLocal(path: string, name: LocalSetting): Result<string | undefined> {
  const found = find(path, name);
  if (!found.ok) return found;
  const { values = [], firstLine } = found.value.setting ?? {};
  if (values.length <= 1) return ok(values[0]);
  return fail({
    code: 'AIB_CONFIG_VALUE',
    what: `${name} has one value, not a list`,
    where: `${path}:${firstLine}`,
    got: values.join(', '),
    hint: `write ${name} = "${values[0]}"`,
  });
}

/** Empty if the file does not say, or is not there. */
export function readLocalList(path: string, name: LocalSetting): Result<readonly string[]> {
  const found = find(path, name);
  return found.ok ? ok(found.value.setting?.values ?? []) : found;
}

/** Leaves the file alone if it says so already, in whatever way it is written. */
export function writeLocal(path: string, name: LocalSetting, values: readonly string[]): Result<void> {
  const found = find(path, name);
  if (!found.ok) return found;
  const { text = HEADING, setting } = found.value;
  if (setting !== undefined && isDeepStrictEqual(setting.values, values)) return ok(undefined);
  const line = lineOf(name, values);
  const changed = setting === undefined ? `${text.replace(/\n?$/, '\n')}${line}\n` : replaced(text, setting, line);
  return writing(path, "This machine's choices cannot be written", () => ok(writeFileSync(path, changed)));
}

/** A value stands alone if its quotes can hold it: a line break, or a quote with a comment behind it, takes the quotes of a list. */
function lineOf(name: LocalSetting, values: readonly string[]): string {
  const alone = `${name} = "${values[0]}"`;
  const readBack = parseSettings(alone, '');
  if (readBack.ok && isDeepStrictEqual(readBack.value[0]?.values, values)) return alone;
  return `${name} = [${values.map(value => JSON.stringify(value)).join(', ')}]`;
}

/** The lines of a setting, with the comment behind it, which spoke of the old value. */
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
    return fail({ code: 'AIB_CONFIG_FILE', what: "This machine's choices cannot be read", where: path, got });
  }
}
