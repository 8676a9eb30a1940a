/**
 * Reads `latest-releases.yaml`, a mirror's list of the newest images of a branch and an architecture: a sequence of mappings, each with the
 * name of its `file` and the `size` in bytes. Takes long to load, so it is imported where it is called. Decides nothing about trust.
 */
import { isMap, isSeq, parseDocument } from 'yaml';
import { fail, ok, type Result } from '../../util/result.ts';

/** Bytes of the image of that name. `where` is what messages call the list. */
export function listedSize(text: string, where: string, file: string): Result<number> {
  // Every scalar is the text that it is: a checksum of digits alone is no number. An alias, of which no list needs any, leads nowhere.
  const document = parseDocument(text, { schema: 'failsafe', logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    const [at] = error.linePos ?? [];
    return fail({
      code: 'AIB_MIRROR_CONTENT',
      what: 'latest-releases.yaml is not YAML',
      where: at === undefined ? where : `${where}:${at.line}:${at.col}`,
      got: error.message.replace(/ at line [\s\S]*/, ''),
    });
  }
  const list: unknown = document.contents;
  const entries = isSeq(list) ? list.items.filter(item => isMap(item)) : [];
  const entry = entries.find(each => each.get('file') === file || each.get('iso') === file);
  const size = entry?.get('size');
  if (typeof size === 'string' && /^\d+$/.test(size)) return ok(Number(size));
  const what = entry === undefined ? file : `the size of ${file}`;
  return fail({ code: 'AIB_MIRROR_CONTENT', what: `latest-releases.yaml does not give ${what}`, where });
}
