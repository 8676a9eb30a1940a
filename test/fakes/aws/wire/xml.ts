/** Writes XML, and finds elements in requests of S3 clients. Never reads attributes of elements. */

export type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

/** A list repeats its element; undefined values are left out. */
function element(name: string, content: Xml, attributes = ''): string {
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map(each => element(name, each as Xml, attributes)).join('');
  const inner =
    typeof content === 'object'
      ? Object.entries(content)
          .map(([each, value]) => element(each, value as Xml))
          .join('')
      : escapeXml(String(content));
  return inner === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${inner}</${name}>`;
}

export function document(name: string, content: Xml, namespace?: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content, namespace === undefined ? '' : ` xmlns="${namespace}"`)}`;
}

export function escapeXml(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return escaped.replaceAll('\r', '&#13;');
}

/** The content of each element with a name, as it is written. */
export function elementsOf(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, inner = '']) => inner,
  );
}

export function textOf(xml: string, name: string): string | undefined {
  const [inner] = elementsOf(xml, name);
  if (inner === undefined) return undefined;
  const text = inner
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'");
  return text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))).replaceAll('&amp;', '&');
}
