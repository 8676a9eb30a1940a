/**
 * Writes plain data as YAML 1.2 in block style. Every text that a reader of any YAML version could take for something else (a number, `no`,
 * a date) or that needs care stands in double quotes, whose escapes are those of JSON.
 */

type Data = string | number | boolean | null | readonly Data[] | { readonly [key: string]: Data };

/** With a newline at the end. */
export function yaml(value: Data): string {
  return `${block(value, '').replace(/^[\n ]/, '')}\n`;
}

/** What follows a `key:` or a dash: on its line if it is short, else on lines of its own. */
function block(value: Data, indent: string): string {
  if (isList(value)) {
    if (value.length === 0) return ' []';
    return value.map(item => `\n${indent}-${underDash(item, indent)}`).join('');
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return ' {}';
    return entries.map(([key, inner]) => `\n${indent}${scalar(key)}:${block(inner, `${indent}  `)}`).join('');
  }
  return ` ${typeof value === 'string' ? scalar(value) : String(value)}`;
}

/** The first line of a map or list stands beside its dash. */
function underDash(item: Data, indent: string): string {
  const text = block(item, `${indent}  `);
  return text.startsWith('\n') ? ` ${text.slice(indent.length + 3)}` : text;
}

const PLAIN = /^[A-Za-z_/][\w./-]*$/;
/** What some reader takes for true, false or null. */
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function scalar(text: string): string {
  if (PLAIN.test(text) && !WORDS.test(text)) return text;
  // JSON leaves some characters as they are that YAML calls unprintable.
  return JSON.stringify(text.toWellFormed()).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isList(value: Data): value is readonly Data[] {
  return Array.isArray(value);
}
