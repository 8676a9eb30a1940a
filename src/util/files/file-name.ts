/** Whether a text can be the name of one file, below any folder and on every filesystem. Says what is wrong; never makes one text into another. */

/** Bytes; what Linux' filesystems bear. */
const LONGEST = 255;
/** C0, DEL and C1: a newline in a name is two lines in every list. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Words to follow a colon; undefined for a good name. */
export function fileNameFault(name: string, longest = LONGEST): string | undefined {
  if (name === '') return 'it is empty';
  if (name.includes('/')) return 'it has a slash, and would lead into another folder';
  if (name === '.' || name === '..') return 'it means another folder';
  if (hasControl(name)) return 'it has a control character';
  const bytes = Buffer.byteLength(name);
  return bytes > longest ? `it is ${bytes} bytes long, and ${longest} are allowed` : undefined;
}

/** The same of a path below a folder: `a/b`, which never leaves it. */
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
