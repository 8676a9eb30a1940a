/**
 * `aib.local.conf`: what this machine chose, one `name = "value"` a line. A value may be a list, which
 * readLocal gives as it is written. Writes only the setting that it is asked to, and leaves the rest as it is.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export type LocalSetting = 'mirror' | 'releases' | 'cache_size';

export function readLocal(path: string, name: LocalSetting): string | undefined {
  if (!existsSync(path)) return undefined;
  const [, list, bare, quoted, written] = lineOf(name).exec(readFileSync(path, 'utf8')) ?? [];
  return list ?? bare ?? quoted ?? written;
}

export function writeLocal(path: string, name: LocalSetting, value: string): void {
  writeLine(path, name, `${name} = "${value}"`);
}

export function writeLocalList(path: string, name: LocalSetting, values: readonly string[]): void {
  writeLine(path, name, `${name} = [${values.map(value => JSON.stringify(value)).join(', ')}]`);
}

function writeLine(path: string, name: LocalSetting, line: string): void {
  const before = existsSync(path)
    ? readFileSync(path, 'utf8')
    : '# Choices of this machine; not for version control.\n';
  const isThere = lineOf(name).test(before);
  // A function, since a value may hold what is special in a replacement.
  const after = isThere ? before.replace(lineOf(name), () => line) : `${before.replace(/\n?$/, '\n')}${line}\n`;
  if (after !== before) writeFileSync(path, after);
}

/**
 * People may leave out quotes and blanks, write a colon, or add a comment, as in HOCON: passing over such a line would help nobody. Last comes
 * what writeLocal makes of a folder with a quote in its name.
 */
function lineOf(name: LocalSetting): RegExp {
  const value = '(?:(\\[[^\\]]*\\])|([^\\s"#]+)|"([^"\\n]*)")[ \\t]*(?:#.*)?';
  return new RegExp(`^[ \\t]*${name}[ \\t]*[=:][ \\t]*(?:${value}|"(.*)")\\r?$`, 'm');
}
