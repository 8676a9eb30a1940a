/**
 * `aib.local.conf`: what this machine chose, one setting a line. Writes only the setting that it is asked to, and leaves the rest as it is.
 *
 *     # A comment goes to the end of its line; // starts one too, where no value is expected
 *     mirror = https://dl-cdn.alpinelinux.org/alpine     a plain value ends at a blank, a quote or #
 *     cache_size : "50G"                                 a quoted one at the last quote that a comment or nothing follows
 *     list = [ "/srv/a b", /srv/c ]                      over several lines, if need be
 *
 * It looks like the configuration, but nothing in a value is special, neither a backslash nor + or $: it holds paths and URLs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fail, ok, type Result } from '../../util/result.ts';
import { parseSettings, type Setting } from './local-settings.ts';

export type LocalSetting = 'mirror' | 'cache_size';

const HEADING = '# Choices of this machine; not for version control.\n';

/** Undefined if the file does not say, or is not there. */
export function readLocal(path: string, name: LocalSetting): Result<string | undefined> {
  const found = find(path, name);
  if (!found.ok) return found;
  const { setting } = found.value;
  if (setting === undefined) return ok(undefined);
  if (typeof setting.value === 'string') return ok(setting.value);
  return fail({
    code: 'AIB_CONFIG_VALUE',
    what: `${name} has one value, not a list`,
    where: `${path}:${setting.firstLine}`,
    got: setting.value.join(', '),
    hint: `write ${name} = "${setting.value[0] ?? ''}"`,
  });
}

/** Whether the file had to be changed for it. */
export function writeLocal(path: string, name: LocalSetting, value: string): Result<boolean> {
  const found = find(path, name);
  if (!found.ok) return found;
  const { text = HEADING, setting } = found.value;
  if (setting?.value === value) return ok(false);
  const line = `${name} = "${value}"`;
  const written = parseSettings(line, path);
  if (!written.ok || written.value[0]?.value !== value) {
    return fail({
      code: 'AIB_CONFIG_VALUE',
      what: `${name} cannot have this value, since no line of the file can hold it`,
      where: path,
      got: JSON.stringify(value),
      hint: 'use a path without line breaks and quotes',
    });
  }
  writeFileSync(path, setting === undefined ? `${text.replace(/\n?$/, '\n')}${line}\n` : replaced(text, setting, line));
  return ok(true);
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
