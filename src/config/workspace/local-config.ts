/** `aib.local.conf`: what this machine chose, one `name = "value"` a line. Writes only the line that it is asked to, and leaves the rest as it is. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export type LocalSetting = 'mirror' | 'cache_size';

export function readLocal(path: string, name: LocalSetting): string | undefined {
  if (!existsSync(path)) return undefined;
  const [, bare, quoted, written] = lineOf(name).exec(readFileSync(path, 'utf8')) ?? [];
  return bare ?? quoted ?? written;
}

export function writeLocal(path: string, name: LocalSetting, value: string): void {
  const line = `${name} = "${value}"`;
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
  const value = '(?:([^\\s"#]+)|"([^"\\n]*)")[ \\t]*(?:#.*)?';
  return new RegExp(`^[ \\t]*${name}[ \\t]*[=:][ \\t]*(?:${value}|"(.*)")\\r?$`, 'm');
}
