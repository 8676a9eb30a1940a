/** What a setting may be that becomes the name of a file, or a part of one. Says what is wrong with it; never mends it. */
import { fileNameFault, hasControl, pathBelowFault } from '../../util/files/file-name.ts';

export type NameRule =
  /** Joined with others to the name of a file. */
  | 'part'
  /** A file or folder below scripts/; a shell's list of them has blanks in between. */
  | 'script'
  /** A name of its own in the image, between blanks or commas. */
  | 'word'
  /** Of somebody who logs in. */
  | 'user';

/** For a sentence that begins with the setting. */
export const NAME_WORDS: Readonly<Record<NameRule, string>> = {
  part: 'a text that can stand in the name of a file',
  script: 'names of files or folders in scripts/',
  word: 'a plain name',
  user: 'the name of a user',
};

/** Words to follow a colon; undefined for a good name. */
export function nameFault(text: string, rule: NameRule): string | undefined {
  switch (rule) {
    case 'part':
      if (text.includes('/')) return 'it has a slash, and would lead into another folder';
      return hasControl(text) ? 'it has a control character' : undefined;
    case 'script':
      return pathBelowFault(text) ?? (/[\s*?[]/.test(text) ? 'it has a blank or a pattern' : undefined);
    case 'word':
      return fileNameFault(text) ?? (/[\s,]/.test(text) ? 'it has a blank or a comma' : undefined);
    case 'user':
      if (text.length > 32) return 'it has more than 32 characters';
      return /^[a-z_][a-z0-9_-]*$/.test(text)
        ? undefined
        : 'one has lower-case letters, digits, _ and -, and begins with a letter or _';
    default:
      return rule satisfies never;
  }
}
