/** The file type of a POSIX mode, as a word. Never fails on unknown bits. */
export type FileType = 'file' | 'directory' | 'link' | 'character device' | 'block device' | 'pipe' | 'socket' | 'none';

const TYPES: Readonly<Record<number, FileType>> = {
  1: 'pipe',
  2: 'character device',
  4: 'directory',
  6: 'block device',
  8: 'file',
  10: 'link',
  12: 'socket',
};

export function typeOfMode(mode: number): FileType {
  return TYPES[(mode >> 12) & 0xf] ?? 'none';
}
