/** Checks whether a text can be the name of one file, in any folder and on every filesystem. Reports the fault; does not change the text. */

/** Bytes; the limit of Linux filesystems. */
const LONGEST = 255;
/** C0, DEL and C1: a name with a newline would take two lines in a list. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** The fault, as words after a colon; undefined for a valid name. */
export function fileNameFault(name: string, longest = LONGEST): string | undefined {
  if (name === '') return 'it is empty';
  if (name.includes('/')) return 'it contains a slash';
  if (name === '.' || name === '..') return 'it names a folder';
  if (hasControl(name)) return 'it contains a control character';
  const bytes = Buffer.byteLength(name);
  return bytes > longest ? `it has ${bytes} bytes; the limit is ${longest}` : undefined;
}

/** The same for a path below a folder: `a/b`. It must not lead out of the folder. */
export function pathBelowFault(path: string): string | undefined {
  if (path.startsWith('/')) return 'it is an absolute path';
  for (const name of path.split('/')) {
    const fault = name === '' ? 'a name between two slashes is empty' : fileNameFault(name);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export function hasControl(text: string): boolean {
  return CONTROL.test(text);
}
