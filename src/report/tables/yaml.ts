/**
 * Writes plain data as YAML in block style, for readers of version 1.1 and 1.2. A text that one of them could read as another type (a
 * number, `no`, a date) or that has special characters is in double quotes. Is slow to load, so it is imported where it is called.
 */
import { Document, visit } from 'yaml';

type Data = string | number | boolean | null | readonly Data[] | { readonly [key: string]: Data };

/** With a newline at the end. */
export function yaml(value: Data): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== 'string' || isPlain(node.value)) return;
      node.value = node.value.toWellFormed();
      node.type = 'QUOTE_DOUBLE';
    },
  });
  // The characters that it does not escape are in quotes, too.
  return document
    .toString({ doubleQuotedAsJSON: true })
    .replace(UNPRINTABLE, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const PLAIN = /^[A-Za-z_/][\w./-]*$/;
/** Words that some readers parse as true, false or null. */
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
/** Characters that JSON does not escape; some of them end a line in YAML 1.1. */
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !WORDS.test(text);
}
