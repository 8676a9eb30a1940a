/**
 * Writes plain data as YAML in block style, for readers of version 1.1 as well as 1.2. Every text that one of them could take for something
 * else (a number, `no`, a date) or that needs care stands in double quotes. Takes long to load, so it is imported where it is called.
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
  // What it leaves as it is stands in quotes, too.
  return document
    .toString({ doubleQuotedAsJSON: true })
    .replace(UNPRINTABLE, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const PLAIN = /^[A-Za-z_/][\w./-]*$/;
/** What some reader takes for true, false or null. */
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
/** Of what JSON does not escape; some of it ends a line in YAML 1.1. */
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !WORDS.test(text);
}
