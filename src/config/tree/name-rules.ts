/** The rules for settings that become file names or parts of them. Reports faults; does not fix them. */
import { fileNameFault, hasControl, pathBelowFault } from '../../util/files/file-name.ts';

export type NameRule =
  /** A part of a file name. */
  | 'part'
  /** A file or folder in scripts/; a shell separates them with spaces. */
  | 'script'
  /** A name in a list in the image, separated by spaces or commas. */
  | 'word'
  /** The name of a user who logs in. */
  | 'user';

/** The end of the sentence "SETTING must be …". */
export const NAME_WORDS: Readonly<Record<NameRule, string>> = {
  part: 'a valid part of a file name',
  script: 'names of files or folders in scripts/',
  word: 'a plain name',
  user: 'a valid user name',
};

/** The fault, as words after a colon; undefined for a valid name. */
export function nameFault(text: string, rule: NameRule): string | undefined {
  switch (rule) {
    case 'part':
      if (text.includes('/')) return 'it contains a slash';
      return hasControl(text) ? 'it contains a control character' : undefined;
    case 'script':
      return pathBelowFault(text) ?? (/[\s*?[]/.test(text) ? 'it contains a space or a pattern' : undefined);
    case 'word':
      return fileNameFault(text) ?? (/[\s,]/.test(text) ? 'it contains a space or a comma' : undefined);
    case 'user':
      if (text.length > 32) return 'it has more than 32 characters';
      return /^[a-z_][a-z0-9_-]*$/.test(text)
        ? undefined
        : 'it must consist of lower-case letters, digits, _ and -, and start with a letter or _';
    default:
      return rule satisfies never;
  }
}
